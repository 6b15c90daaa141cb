// ConfigMap config-network: how hosts are named, and what the ingress does.
import { booleanOf, type ConfigValues, integerOf, oneOf, readKeys, textOf } from './keys.ts'
import { parseTemplate } from './template.ts'

const tagTemplate = (text: string) => parseTemplate(text, ['Name', 'Tag'])
const domainTemplate = (text: string) => parseTemplate(text, ['Name', 'Namespace', 'Domain', 'Annotations', 'Labels'])

export const networkKeys = {
  tagTemplate: {
    key: 'tag-template',
    formerly: 'tagTemplate',
    default: tagTemplate('{{.Tag}}-{{.Name}}'),
    parse: tagTemplate,
    doc: 'the first label of a tag’s host',
  },
  domainTemplate: {
    key: 'domain-template',
    formerly: 'domainTemplate',
    default: domainTemplate('{{.Name}}.{{.Namespace}}.{{.Domain}}'),
    parse: domainTemplate,
    doc: 'a route’s public host',
  },
  defaultExternalScheme: {
    key: 'default-external-scheme',
    default: 'http',
    parse: textOf,
    doc: 'the scheme of public URLs',
  },
  httpProtocol: {
    key: 'http-protocol',
    formerly: 'httpProtocol',
    default: 'Enabled',
    parse: oneOf('Enabled', 'Redirected'),
    doc: 'whether plain HTTP is served or redirected to https',
  },
  ingressClass: {
    key: 'ingress-class',
    formerly: 'ingress.class',
    default: 'istio.ingress.networking.knative.dev',
    parse: textOf,
    doc: 'the class of Ingress objects',
  },
  rolloutDurationSeconds: {
    key: 'rollout-duration',
    formerly: 'rolloutDuration',
    default: 0,
    parse: integerOf(0),
    doc: 'seconds over which traffic moves to a new latest revision; 0 is at once',
  },
  autocreateClusterDomainClaims: {
    key: 'autocreate-cluster-domain-claims',
    formerly: 'autocreateClusterDomainClaims',
    default: false,
    parse: booleanOf,
    doc: 'whether a DomainMapping claims its name by itself',
  },
} as const

export type NetworkConfig = ConfigValues<typeof networkKeys>

/** Reads config-network; throws when a value cannot be read. */
export function readNetwork(data: Record<string, string>): NetworkConfig {
  return readKeys(networkKeys, data)
}

/** The first label of a target's host: the route's name, or tag and name by the tag template. */
export function hostLabel(network: NetworkConfig, name: string, tag: string): string {
  return tag ? network.tagTemplate.render({ Name: name, Tag: tag }) : name
}

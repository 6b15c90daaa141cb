// The hosts a route answers on: main and tags, public and inside the cluster.

import { clusterDomain, type DomainConfig, domainFor } from '../../api/serving/config/domain.ts'
import { hostLabel, type NetworkConfig } from '../../api/serving/config/network.ts'
import { clusterLocal, labels } from '../../api/serving/labels.ts'
import type { Route } from '../../api/serving/types.ts'
import type { KubeObject } from '../../kernel/object.ts'

export interface HostNaming {
  network: NetworkConfig
  domain: DomainConfig
  publicPort: number
}

export type Visibility = 'ClusterLocal' | 'ExternalIP'

/** A host inside the cluster: `hello.default.svc.cluster.local`. */
export function clusterHost(naming: HostNaming, { metadata }: Route, tag = ''): string {
  return `${hostLabel(naming.network, metadata.name, tag)}.${metadata.namespace}.${clusterDomain}`
}

/** The host as callers inside the cluster may spell it. */
export function clusterSpellings(host: string): string[] {
  return [host.replace(/\.svc\.cluster\.local$/, ''), host.replace(/\.cluster\.local$/, ''), host]
}

/** The public host by the domain template: `hello.default.localhost`. */
export function publicHost({ network, domain }: HostNaming, { metadata }: Route, tag = ''): string {
  const { name, namespace = '', annotations = {}, labels: own = {} } = metadata
  return network.domainTemplate.render({
    Name: hostLabel(network, name, tag),
    Namespace: namespace,
    Domain: domainFor(domain, own),
    Annotations: annotations,
    Labels: own,
  })
}

/** The URL clients use; public ones carry the gateway's port unless it is 80. */
export function urlOf(naming: HostNaming, route: Route, tag: string, visibility: Visibility): string {
  if (visibility === 'ClusterLocal') return `http://${clusterHost(naming, route, tag)}`
  return publicUrl(naming, publicHost(naming, route, tag))
}

/** The URL of a public host. */
export function publicUrl({ network, publicPort }: HostNaming, host: string): string {
  return `${network.defaultExternalScheme}://${host}${publicPort === 80 ? '' : `:${publicPort}`}`
}

/**
 * Where a host is seen: a route labelled cluster-local, or whose domain is the cluster's, is kept inside with all its
 * tags; a tag alone is when the Kubernetes Service of that name carries the label (visibility.go).
 */
export function visibilityOf(naming: HostNaming, route: Route, service: KubeObject | undefined): Visibility {
  if (domainFor(naming.domain, route.metadata.labels) === clusterDomain) return 'ClusterLocal'
  const ownRoute = service?.metadata.labels?.[labels.route] === route.metadata.name
  return ownRoute && service?.metadata.labels?.[labels.visibility] === clusterLocal ? 'ClusterLocal' : 'ExternalIP'
}

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

/** What keeps a host from being one, or undefined. */
export function hostFlaw(host: string): string | undefined {
  const tooLong = host.split('.').find(part => part.length > 63)
  if (tooLong) return `invalid domain name "${host}": label "${tooLong}" is longer than 63 characters`
  if (host.length > 253) return `invalid domain name "${host}": longer than 253 characters`
  return host.split('.').every(part => label.test(part)) ? undefined : `invalid domain name "${host}"`
}

// Policies of the mesh that Knative's own parts run into, and a closed egress that nothing is let out of.
import type { AuthorizationPolicy } from '../../api/istio/types.ts'
import type { Located, Rule } from '../finding.ts'
import { type ManifestSet, namespaceOf } from '../manifest-set.ts'
import { variables } from './urls.ts'

const rootNamespace = 'istio-system'

/** Every request to a service at zero comes from the activator: refused unless it has an identity of the mesh. */
export const strictWithoutActivator: Rule = {
  id: 'SK601',
  name: 'strict-without-activator',
  severity: 'warning',
  *find(set) {
    if (injects(set, 'knative-serving')) return
    for (const about of set.peerAuthentications) {
      const namespace = namespaceOf(about.object)
      const concerned =
        namespace === rootNamespace || set.knativeServices.some(one => namespaceOf(one.object) === namespace)
      if (about.object.spec?.mtls?.mode !== 'STRICT' || !concerned) continue
      yield {
        about,
        path: 'spec.mtls.mode',
        message:
          'requests to Knative Services here hang when activator and autoscaler have no sidecar, and nothing in these files gives them one',
        instead:
          'the label sidecar.istio.io/inject: "true" on both, or Namespace knative-serving with istio-injection: enabled among the files',
      }
    }
  },
}

/** Any ALLOW policy shuts out the activator's probes as well. */
export const allowOnKnativePods: Rule = {
  id: 'SK602',
  name: 'allow-on-knative-pods',
  severity: 'error',
  *find(set) {
    const allowing = set.authorizationPolicies.filter(one => actionOf(one) === 'ALLOW')
    for (const about of allowing) {
      const namespace = namespaceOf(about.object)
      if (
        !selectsKnativePods(set, about) ||
        allowing.some(one => namespaceOf(one.object) === namespace && letsProbes(one))
      )
        continue
      yield {
        about,
        path: 'spec',
        message: 'it also shuts out the probes of the activator: requests hang, and the service never wakes',
        instead: 'one more rule: from source.namespaces: [knative-serving], to operation.paths: [/metrics, /healthz]',
      }
    }
  },
}

/** The pods see the activator in place of the caller. */
export const callerOfKnativePods: Rule = {
  id: 'SK603',
  name: 'caller-of-knative-pods',
  severity: 'error',
  *find(set) {
    for (const about of set.authorizationPolicies) {
      if (!selectsKnativePods(set, about)) continue
      for (const [index, rule] of (about.object.spec?.rules ?? []).entries()) {
        const principals = (rule.from ?? []).flatMap(({ source }) => source?.principals ?? [])
        if (principals.length === 0 || principals.some(one => one.includes('activator'))) continue
        yield {
          about,
          path: `spec.rules[${index}].from`,
          message:
            'a Knative Service sees the activator as its caller, never this principal: the rule holds for nobody',
          instead: 'the rule at the gateway, or in the VirtualService of the facade',
        }
      }
    }
  },
}

/** The ingress gateway's pods also serve callers inside, on port 8081. */
export const gatewayPolicyInside: Rule = {
  id: 'SK604',
  name: 'gateway-policy-inside',
  severity: 'warning',
  *find(set) {
    for (const about of set.authorizationPolicies) {
      const { selector, rules = [] } = about.object.spec ?? {}
      if (selector?.matchLabels?.istio !== 'ingressgateway') continue
      for (const [index, rule] of rules.entries()) {
        const tokens = (rule.from ?? []).some(({ source }) => source?.notRequestPrincipals || source?.requestPrincipals)
        const narrowed = (rule.to ?? []).some(({ operation }) => operation?.hosts || operation?.ports)
        if (!tokens || narrowed) continue
        yield {
          about,
          path: `spec.rules[${index}]`,
          message:
            'callers inside without a sidecar come through the same gateway and have no token: they meet this rule too',
          instead: 'to: [{operation: {ports: ["8080"]}}] for the public side alone',
        }
      }
    }
  },
}

/** Hosts outside that functions name, under REGISTRY_ONLY and in no ServiceEntry: 502. */
export const closedEgress: Rule = {
  id: 'SK605',
  name: 'closed-egress',
  severity: 'error',
  *find(set) {
    for (const about of set.knativeServices) {
      if (!isClosed(set, namespaceOf(about.object))) continue
      for (const { name, value, path } of variables(about.object)) {
        const host = /^https?:\/\/([^/:@]+\.[^/:@]+)/.exec(value)?.[1]?.toLowerCase()
        if (!host || isInside(set, host)) continue
        yield {
          about,
          path,
          message: `${name} leads to ${host}, which no ServiceEntry names: under REGISTRY_ONLY the answer is 502`,
          instead: `a ServiceEntry with hosts: [${host}]`,
        }
      }
    }
  },
}

function isInside(set: ManifestSet, host: string): boolean {
  const inside =
    /\.svc(\.cluster\.local)?$|\.localhost$/.test(host) || (host.split('.').length === 2 && isNamespace(set, host))
  return inside || set.owner(host) !== undefined
}

/** `name.namespace` of a namespace that the files know. */
function isNamespace(set: ManifestSet, host: string): boolean {
  const namespace = host.split('.')[1]
  const all = [
    ...set.namespaces.map(({ object }) => object.metadata.name),
    ...set.knativeServices.map(one => namespaceOf(one.object)),
  ]
  return all.includes(namespace ?? '')
}

function isClosed(set: ManifestSet, namespace: string): boolean {
  const sidecars = set.sidecars.filter(({ object }) => [namespace, rootNamespace].includes(namespaceOf(object)))
  const meshConfig = set.configMaps.find(({ object }) => object.metadata.name === 'istio')?.object.data?.mesh ?? ''
  return (
    sidecars.some(({ object }) => object.spec?.outboundTrafficPolicy?.mode === 'REGISTRY_ONLY') ||
    /mode:\s*["']?REGISTRY_ONLY/.test(meshConfig)
  )
}

function selectsKnativePods(set: ManifestSet, { object }: Located<AuthorizationPolicy>): boolean {
  const labels = object.spec?.selector?.matchLabels
  if (labels?.istio === 'ingressgateway') return false
  const here = set.knativeServices.filter(one => namespaceOf(one.object) === namespaceOf(object))
  if (!labels || labels['serving.knative.dev/service']) return here.length > 0
  return here.some(one => {
    const own = one.object.spec?.template?.metadata?.labels ?? {}
    return Object.entries(labels).every(([name, value]) => own[name] === value)
  })
}

function letsProbes({ object }: Located<AuthorizationPolicy>): boolean {
  return (object.spec?.rules ?? []).some(
    ({ from = [], to = [] }) =>
      from.some(({ source }) => source?.namespaces?.includes('knative-serving')) &&
      (to.length === 0 || to.some(({ operation }) => operation?.paths?.includes('/healthz'))),
  )
}

const actionOf = ({ object }: Located<AuthorizationPolicy>) => object.spec?.action ?? 'ALLOW'

function injects(set: ManifestSet, namespace: string): boolean {
  const labels = set.namespaces.find(({ object }) => object.metadata.name === namespace)?.object.metadata.labels
  return labels?.['istio-injection'] === 'enabled'
}

// Gateways: rules bound to none, Gateways that open nothing, and hosts that several rules share.
import type { VirtualService } from '../../api/istio/types.ts'
import type { Located, Rule } from '../finding.ts'
import { fullHost, isSame, namespaceOf, pairOf, systemGateways } from '../manifest-set.ts'

/** Labels of the ingress gateway's pods: no other gateway runs. */
const gatewayLabels: Readonly<Record<string, string>> = { istio: 'ingressgateway', app: 'istio-ingressgateway' }

export const missingGateway: Rule = {
  id: 'SK401',
  name: 'missing-gateway',
  severity: 'error',
  *find(set) {
    const there = set.gateways.map(({ object }) => `${namespaceOf(object)}/${object.metadata.name}`)
    for (const about of set.virtualServices) {
      for (const [index, gateway] of (about.object.spec.gateways ?? []).entries()) {
        const full = gateway.includes('/') ? gateway : `${namespaceOf(about.object)}/${gateway}`
        if (gateway === 'mesh' || [...there, ...systemGateways].includes(full)) continue
        yield {
          about,
          path: `spec.gateways[${index}]`,
          message: `there is no Gateway ${full}: requests are answered 404`,
          instead: `one of ${[...there, ...systemGateways].join(', ')}`,
        }
      }
    }
  },
}

export const gatewaySelectsNothing: Rule = {
  id: 'SK402',
  name: 'gateway-selects-nothing',
  severity: 'error',
  *find(set) {
    for (const about of set.gateways) {
      const selector = about.object.spec.selector ?? {}
      const wrong = Object.entries(selector).find(([label, value]) => gatewayLabels[label] !== value)
      if (!wrong) continue
      yield {
        about,
        path: `spec.selector.${wrong[0]}`,
        message: `no gateway has the label ${wrong[0]}: ${wrong[1]}, so this opens no port`,
        instead: 'selector: {istio: ingressgateway}',
      }
    }
  },
}

/** Knative's own Gateway has port 80 with every host already: rules of both are for the same requests. */
export const secondWildcardGateway: Rule = {
  id: 'SK403',
  name: 'second-wildcard-gateway',
  severity: 'warning',
  *find(set) {
    for (const about of set.gateways) {
      if (systemGateways.includes(`${namespaceOf(about.object)}/${about.object.metadata.name}`)) continue
      for (const [index, { port, hosts = [] }] of (about.object.spec.servers ?? []).entries()) {
        const at = hosts.findIndex(host => host === '*' || host.endsWith('/*'))
        if (at < 0 || port?.number !== 80) continue
        yield {
          about,
          path: `spec.servers[${index}].hosts[${at}]`,
          message:
            'every host of port 80 is knative-ingress-gateway’s already: a rule for "*" here takes all unknown hosts',
          instead: 'the hosts this Gateway is for',
        }
      }
    }
  },
}

/** At a gateway the rules of all VirtualServices of a host are one list, by age: objects of one apply are of one age. */
export const mergedHost: Rule = {
  id: 'SK404',
  name: 'merged-host',
  severity: 'warning',
  *find(set) {
    const first = new Map<string, Located<VirtualService>>()
    const told = new Set<string>()
    for (const about of set.virtualServices) {
      const { hosts = [], gateways = ['mesh'] } = about.object.spec
      for (const [index, host] of hosts.entries()) {
        const keys = gateways.filter(one => one !== 'mesh').map(one => keyOf(about, one, host))
        const earlier = keys.map(key => first.get(key)).find(one => one && !isSame(one, about))
        for (const key of keys) if (!first.has(key)) first.set(key, about)
        if (!earlier || told.has(pairOf(earlier, about))) continue
        told.add(pairOf(earlier, about))
        yield {
          about,
          path: `spec.hosts[${index}]`,
          message: `${host} has rules at this gateway in ${earlier.file}:${earlier.locate('').line} too: the older object’s come first, and which one is older is not written here`,
          instead: 'one VirtualService with the rules of both, in their order',
        }
      }
    }
  },
}

function keyOf({ object }: Located<VirtualService>, gateway: string, host: string): string {
  const namespace = namespaceOf(object)
  return `${gateway.includes('/') ? gateway : `${namespace}/${gateway}`} ${fullHost(host, namespace)}`
}

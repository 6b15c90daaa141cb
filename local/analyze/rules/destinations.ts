// Where rules send requests: destinations that are not there, or are there and do not do what is meant.
import type { Destination, HttpRoute } from '../../api/istio/types.ts'
import type { Remark, Rule } from '../finding.ts'
import { fullHost, type HostOwner, httpRules, localGateway, type ManifestSet, namespaceOf } from '../manifest-set.ts'

/** A destination no Service, ServiceEntry or Knative Service of the files is called: 503 with an empty body. */
export const unknownHost: Rule = {
  id: 'SK301',
  name: 'unknown-host',
  severity: 'error',
  *find(set) {
    for (const one of destinations(set)) {
      if (one.owner) continue
      yield {
        ...one.remark('host'),
        message: `nothing here is called ${one.host}: requests are answered 503 with an empty body`,
        instead: 'the full name of a Service, or a ServiceEntry for a host outside',
      }
    }
  },
}

export const unknownPort: Rule = {
  id: 'SK302',
  name: 'unknown-port',
  severity: 'error',
  *find(set) {
    for (const one of destinations(set)) {
      const ports = portsOf(one.owner)
      const wanted = one.destination.port?.number
      if (!ports || wanted === undefined || ports.includes(wanted)) continue
      yield {
        ...one.remark('port'),
        message: `${one.host} has no port ${wanted}: requests are answered 503 with an empty body`,
        instead: `one of its ports: ${ports.join(', ')}`,
      }
    }
  },
}

export const undefinedSubset: Rule = {
  id: 'SK303',
  name: 'undefined-subset',
  severity: 'error',
  *find(set) {
    for (const one of destinations(set)) {
      const { subset } = one.destination
      if (!subset || !one.owner || one.owner.kind === 'knative') continue
      const subsets = set.destinationRules
        .filter(({ object }) => fullHost(object.spec.host, namespaceOf(object)) === one.host)
        .flatMap(({ object }) => (object.spec.subsets ?? []).map(({ name }) => name))
      if (subsets.includes(subset)) continue
      yield {
        ...one.remark('subset'),
        message: `no DestinationRule of ${one.host} defines the subset "${subset}": requests are answered 503 with an empty body`,
        instead:
          subsets.length > 0 ? `one of its subsets: ${subsets.join(', ')}` : 'a DestinationRule with that subset',
      }
    }
  },
}

/** Knative's hosts are other names of a gateway, which asks for the Host again. */
export const knativeDestination: Rule = {
  id: 'SK304',
  name: 'knative-destination',
  severity: 'error',
  *find(set) {
    for (const one of destinations(set)) {
      if (one.owner?.kind !== 'knative' || one.mirror || one.rule.rewrite?.authority || setsHost(one.rule)) continue
      yield {
        ...one.remark('host'),
        message: `${one.host} is another name of the local gateway, which looks at the Host again: without a rewrite it answers 404`,
        instead: `rewrite: {authority: ${one.host}} and destination: {host: ${localGateway}, port: {number: 80}}`,
      }
    }
  },
}

/** A mirror keeps its Host, so a gateway sends the copy where the request itself goes. */
export const mirrorThroughGateway: Rule = {
  id: 'SK305',
  name: 'mirror-through-gateway',
  severity: 'error',
  *find(set) {
    for (const one of destinations(set)) {
      if (!one.mirror || (one.owner?.kind !== 'knative' && one.host !== localGateway)) continue
      yield {
        ...one.remark('host'),
        message:
          'the copy keeps the Host of the request, so the gateway sends it to the primary: executed twice, and the mirror sees nothing',
        instead:
          'the Service of the revision, with Knative-Serving-Namespace and Knative-Serving-Revision set on the rule',
      }
    }
  },
}

/** The activator takes the revision from the Host unless these two headers name it. */
export const revisionWithoutHeaders: Rule = {
  id: 'SK306',
  name: 'revision-without-headers',
  severity: 'error',
  *find(set) {
    for (const one of destinations(set)) {
      if (one.owner?.kind !== 'revision' || namesRevision(one.rule)) continue
      yield {
        ...one.remark('host'),
        message: `the activator looks for a revision by the Host unless two headers name it: 404 when ${one.owner.name} is at zero`,
        instead: `headers.request.set: {Knative-Serving-Namespace: ${one.owner.namespace}, Knative-Serving-Revision: ${one.owner.name}}`,
      }
    }
  },
}

/** Subsets choose among endpoints; behind a Knative host stands one gateway. */
export const knativeSubsets: Rule = {
  id: 'SK307',
  name: 'knative-subsets',
  severity: 'error',
  *find(set) {
    for (const about of set.destinationRules) {
      const host = fullHost(about.object.spec.host, namespaceOf(about.object))
      const owner = set.owner(host)
      const facade = owner?.kind === 'service' && owner.service.object.spec?.type === 'ExternalName'
      if (owner?.kind !== 'knative' && !facade) continue
      yield {
        about,
        path: 'spec.host',
        message: `${host} is only another name, of a gateway for a Knative Service: a DestinationRule has no effect on it`,
        instead: 'tags of the Knative Service, and rewrite.authority to the host of the tag',
      }
    }
  },
}

interface Sent {
  rule: HttpRoute
  destination: Destination
  mirror: boolean
  /** In full. */
  host: string
  owner: HostOwner | undefined
  /** Where a field of the destination stands. */
  remark(field: string): Pick<Remark, 'about' | 'path'>
}

/** Every destination of every rule, mirrors among them. */
function destinations(set: ManifestSet): Sent[] {
  return httpRules(set).flatMap(({ owner: about, rule, path }) => {
    const sent = (destination: Destination, at: string, mirror = false): Sent => {
      const host = fullHost(destination.host, namespaceOf(about.object))
      const remark = (field: string) => ({ about, path: `${path}.${at}.${field}` })
      return { rule, destination, mirror, host, owner: set.owner(host), remark }
    }
    return [
      ...(rule.route ?? []).map(({ destination }, index) => sent(destination, `route[${index}].destination`)),
      ...(rule.mirror ? [sent(rule.mirror, 'mirror', true)] : []),
      ...(rule.mirrors ?? []).map(({ destination }, index) => sent(destination, `mirrors[${index}].destination`, true)),
    ]
  })
}

function portsOf(owner: HostOwner | undefined): number[] | undefined {
  switch (owner?.kind) {
    case 'service':
      return owner.service.object.spec?.ports?.map(({ port }) => port)
    case 'entry':
      return owner.entry.object.spec.ports?.map(({ number }) => number)
    default:
      return undefined
  }
}

const setsHost = (rule: HttpRoute) => setNames(rule).some(name => name === 'host' || name === ':authority')

function namesRevision(rule: HttpRoute): boolean {
  const names = setNames(rule)
  return ['knative-serving-namespace', 'knative-serving-revision'].every(name => names.includes(name))
}

function setNames(rule: HttpRoute): string[] {
  const all = [rule.headers, ...(rule.route ?? []).map(({ headers }) => headers)]
  return all.flatMap(headers => Object.keys(headers?.request?.set ?? {})).map(name => name.toLowerCase())
}

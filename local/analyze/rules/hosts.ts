// Names: whose host a rule claims, and names that mean something else than they seem to.
import type { Remark, Rule } from '../finding.ts'
import { clusterHost, fullHost, isSame, namespaceOf, pairOf } from '../manifest-set.ts'

/** A rule on a Knative Service's own host: Knative's VirtualService has it already. */
export const knativeHost: Rule = {
  id: 'SK101',
  name: 'knative-host',
  severity: 'error',
  *find(set) {
    for (const about of set.virtualServices) {
      for (const [index, host] of (about.object.spec.hosts ?? []).entries()) {
        const owner = set.owner(clusterHost(fullHost(host, namespaceOf(about.object))))
        if (owner?.kind !== 'knative') continue
        const { name } = owner.service.object.metadata
        yield {
          about,
          path: `spec.hosts[${index}]`,
          message: `${host} is the host of the Knative Service "${name}": its own VirtualService was there first, this one has no effect, or takes the place of it for callers in the mesh`,
          instead: `a facade: a Service of type ExternalName such as "${name}-mesh" that leads to knative-local-gateway, and its host here`,
        }
      }
    }
  },
}

/** Istio completes a name without dots even for a gateway, where no client sends the completed form. */
export const bareGatewayHost: Rule = {
  id: 'SK102',
  name: 'bare-gateway-host',
  severity: 'error',
  *find(set) {
    for (const about of set.virtualServices) {
      const { hosts = [], gateways = ['mesh'] } = about.object.spec
      if (!gateways.some(gateway => gateway !== 'mesh')) continue
      for (const [index, host] of hosts.entries()) {
        if (host.includes('.') || host === '*') continue
        const full = fullHost(host, namespaceOf(about.object))
        yield {
          about,
          path: `spec.hosts[${index}]`,
          message: `at a gateway "${host}" means ${full}: a request to http://${host}/ is answered 404`,
          instead: `the host clients send, in full: ${full}`,
        }
      }
    }
  },
}

/** For `mesh` VirtualServices of one host are not merged: the oldest alone counts. */
export const twiceInTheMesh: Rule = {
  id: 'SK103',
  name: 'host-twice-in-mesh',
  severity: 'error',
  *find(set) {
    const first = new Map<string, Remark['about']>()
    const told = new Set<string>()
    for (const about of set.virtualServices) {
      const { hosts = [], gateways = ['mesh'] } = about.object.spec
      if (!gateways.includes('mesh')) continue
      for (const [index, host] of hosts.entries()) {
        const full = clusterHost(fullHost(host, namespaceOf(about.object)))
        const earlier = first.get(full)
        if (!earlier) first.set(full, about)
        if (!earlier || isSame(earlier, about) || told.has(pairOf(earlier, about))) continue
        told.add(pairOf(earlier, about))
        yield {
          about,
          path: `spec.hosts[${index}]`,
          message: `${host} has rules for the mesh in ${earlier.file}:${earlier.locate('').line} too: for callers in the mesh only the older VirtualService counts`,
          instead: 'one VirtualService with the rules of both',
        }
      }
    }
  },
}

/** Knative writes these itself, again and again. */
export const generatedName: Rule = {
  id: 'SK106',
  name: 'generated-name',
  severity: 'error',
  *find(set) {
    for (const about of set.virtualServices) {
      const [, name] = /^(.+)-(?:ingress|mesh)$/.exec(about.object.metadata.name) ?? []
      const namespace = namespaceOf(about.object)
      const owner = set.owner(`${name}.${namespace}.svc.cluster.local`)
      if (owner?.kind !== 'knative' || owner.tag !== undefined) continue
      yield {
        about,
        path: 'metadata.name',
        message: `Knative makes a VirtualService of this name for "${name}" and takes back every other change to it`,
        instead: 'another name, and the host of a facade',
      }
    }
  },
}

/** Knative makes a Service of the name of each of its services, tags and revisions. */
export const takenServiceName: Rule = {
  id: 'SK107',
  name: 'taken-service-name',
  severity: 'error',
  *find(set) {
    for (const about of set.services) {
      const { name } = about.object.metadata
      const owner = set.owner(`${name}.${namespaceOf(about.object)}.svc.cluster.local`)
      if (owner?.kind !== 'knative' && owner?.kind !== 'revision') continue
      yield {
        about,
        path: 'metadata.name',
        message: `Knative makes a Service called "${name}" for ${owner.kind === 'revision' ? 'a revision' : 'a Knative Service or one of its tags'}: one of the two is lost`,
        instead: `another name, such as "${name}-mesh"`,
      }
    }
  },
}

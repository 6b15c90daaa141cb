// Names: whose host a rule claims, and names that mean something else than they seem to.
import type { Remark, Rule } from '../finding.ts'
import { clusterHost, fullHost, type ManifestSet, namespaceOf } from '../manifest-set.ts'

const longestLabel = 63

/** A rule on a Knative Service's own host (patterns a8, K2): Knative's VirtualService has it already. */
export const knativeHost: Rule = {
  code: 'knative-host',
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
  code: 'bare-gateway-host',
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

/** For `mesh` VirtualServices of one host are not merged: the oldest alone counts (IST0109, K2). */
export const twiceInTheMesh: Rule = {
  code: 'host-twice-in-mesh',
  *find(set) {
    const first = new Map<string, Remark['about']>()
    for (const about of set.virtualServices) {
      const { hosts = [], gateways = ['mesh'] } = about.object.spec
      if (!gateways.includes('mesh')) continue
      for (const [index, host] of hosts.entries()) {
        const full = clusterHost(fullHost(host, namespaceOf(about.object)))
        const earlier = first.get(full)
        if (!earlier) first.set(full, about)
        if (!earlier || earlier === about) continue
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

/** A tag's host is `tag-service`, and no label of a host is longer than 63 characters (K5). */
export const longTagHost: Rule = {
  code: 'long-tag-host',
  *find(set) {
    for (const about of set.knativeServices) {
      const { name } = about.object.metadata
      for (const [index, { tag }] of (about.object.spec?.traffic ?? []).entries()) {
        const label = `${tag}-${name}`
        if (!tag || label.length <= longestLabel) continue
        yield {
          about,
          path: `spec.traffic[${index}].tag`,
          message: `the host of this tag begins with "${label}", ${label.length} characters: ${longestLabel} are the most`,
          instead: `a tag of at most ${Math.max(1, longestLabel - name.length - 1)} characters, or a shorter name`,
        }
      }
    }
  },
}

/** `http://usvc/` is in no VirtualService of Knative: 404, from the same namespace too. */
export const bareUrl: Rule = {
  code: 'bare-url',
  *find(set) {
    for (const about of set.knativeServices) {
      const namespace = namespaceOf(about.object)
      for (const { name, value, path } of variables(about.object)) {
        const called = /^https?:\/\/([^./:]+)(?=[/:]|$)/.exec(value)?.[1]
        if (!called || set.owner(fullHost(called, namespace))?.kind !== 'knative') continue
        yield {
          about,
          path,
          message: `${name} names the Knative Service "${called}" by its bare name: that is in no route, the answer is 404`,
          instead: `http://${called}.${namespace}`,
        }
      }
    }
  },
}

/** Environment variables with a value, of all containers. */
export function variables(service: ManifestSet['knativeServices'][number]['object']) {
  const containers = service.spec?.template?.spec?.containers ?? []
  return containers.flatMap(({ env = [] }, container) =>
    env.map(({ name, value = '' }, index) => ({
      name,
      value,
      path: `spec.template.spec.containers[${container}].env[${index}].value`,
    })),
  )
}

// DomainMappings: hosts nobody may claim yet, and hosts that rules claim too.
import type { Rule } from '../finding.ts'
import { fullHost, namespaceOf, settingOf } from '../manifest-set.ts'

/** A namespace has to own a domain before it maps it, unless the operator says that all may. */
export const domainWithoutClaim: Rule = {
  id: 'SK508',
  name: 'domain-without-claim',
  severity: 'error',
  *find(set) {
    if (settingOf(set, 'config-network', 'autocreate-cluster-domain-claims') === 'true') return
    const claimed = new Set(set.domainClaims.map(({ object }) => object.metadata.name))
    for (const about of set.domainMappings) {
      const { name } = about.object.metadata
      if (claimed.has(name)) continue
      yield {
        about,
        path: 'metadata.name',
        message: `no ClusterDomainClaim lets this namespace have ${name}: it stays DomainAlreadyClaimed`,
        instead: `a ClusterDomainClaim "${name}", or autocreate-cluster-domain-claims: "true" in config-network`,
      }
    }
  },
}

export const domainAndRoute: Rule = {
  id: 'SK405',
  name: 'domain-and-route',
  severity: 'warning',
  *find(set) {
    const mapped = new Map(set.domainMappings.map(one => [one.object.metadata.name, one]))
    for (const about of set.virtualServices) {
      for (const [index, host] of (about.object.spec.hosts ?? []).entries()) {
        const mapping = mapped.get(fullHost(host, namespaceOf(about.object)))
        if (!mapping || !(about.object.spec.gateways ?? ['mesh']).some(gateway => gateway !== 'mesh')) continue
        yield {
          about,
          path: `spec.hosts[${index}]`,
          message: `${host} is a DomainMapping too (${mapping.file}:${mapping.locate('').line}): both have rules at the gateway, the older object’s come first`,
          instead: 'one of the two for each host',
        }
      }
    }
  },
}

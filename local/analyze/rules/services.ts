// Facades: Services before Knative Services that only some callers reach.
import type { Rule } from '../finding.ts'
import { clusterHost, fullHost, localGateway, namespaceOf } from '../manifest-set.ts'

/** Without a port named for HTTP a sidecar passes bytes on, and the bare name answers 404. */
export const facadePort: Rule = {
  id: 'SK501',
  name: 'facade-port',
  severity: 'error',
  *find(set) {
    for (const about of set.services) {
      const { externalName, ports = [] } = about.object.spec ?? {}
      if (externalName !== localGateway || ports.some(({ name = '' }) => /^http2?(-|$)/.test(name))) continue
      yield {
        about,
        path: ports.length > 0 ? 'spec.ports' : 'spec.externalName',
        message: 'no port is named for HTTP: callers in the mesh do not meet the rules of this host',
        instead: 'ports: [{name: http2, port: 80, targetPort: 80}]',
      }
    }
  },
}

/** A Service that selects nothing has no endpoints: only a sidecar's rules lead anywhere. */
export const facadeNeedsSidecar: Rule = {
  id: 'SK502',
  name: 'facade-needs-sidecar',
  severity: 'warning',
  *find(set) {
    const ruled = new Set(
      set.virtualServices.flatMap(({ object }) =>
        (object.spec.hosts ?? []).map(host => clusterHost(fullHost(host, namespaceOf(object)))),
      ),
    )
    for (const about of set.services) {
      const { type, selector } = about.object.spec ?? {}
      const host = `${about.object.metadata.name}.${namespaceOf(about.object)}.svc.cluster.local`
      if (type === 'ExternalName' || selector !== undefined || !ruled.has(host)) continue
      yield {
        about,
        path: 'spec',
        message: 'it selects no pods: callers without a sidecar get no connection, whatever the VirtualService says',
        instead: `type: ExternalName, externalName: ${localGateway}, and gateway knative-serving/knative-local-gateway in the VirtualService`,
      }
    }
  },
}

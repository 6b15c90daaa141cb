// Services: facades that only some callers reach, and Knative Services whose second apply is refused.
import type { Rule } from '../finding.ts'
import { clusterHost, fullHost, localGateway, namespaceOf } from '../manifest-set.ts'

/** Without a port named for HTTP a sidecar passes bytes on, and the bare name answers 404 (pattern a3). */
export const facadePort: Rule = {
  code: 'facade-port',
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

/** A Service that selects nothing has no endpoints: only a sidecar's rules lead anywhere (pattern a1, K13). */
export const facadeNeedsSidecar: Rule = {
  code: 'facade-needs-sidecar',
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

/** Knative fills in nothing when the name of the revision stays, and calls what is missing a change. */
export const revisionDefaults: Rule = {
  code: 'revision-defaults',
  *find(set) {
    for (const about of set.knativeServices) {
      const template = about.object.spec?.template
      if (!template?.metadata?.name) continue
      const missing = (template.spec?.containers ?? []).flatMap((container, index) => {
        const path = `spec.template.spec.containers[${index}]`
        const fields = [!container.name && 'name', !container.readinessProbe && 'readinessProbe'].filter(Boolean)
        return fields.length > 0 ? [{ path, fields }] : []
      })
      for (const { path, fields } of missing) {
        yield {
          about,
          path,
          message: `the revision is named and ${fields.join(' and ')} left out: applying this file a second time is refused`,
          instead: 'name: user-container and readinessProbe: {successThreshold: 1, tcpSocket: {port: 0}}',
        }
      }
    }
  },
}

/** A document without `traffic` takes away what the one before it said. */
export const revisionTraffic: Rule = {
  code: 'revision-traffic',
  *find(set) {
    const name = (object: { metadata: { namespace?: string; name: string } }) =>
      `${object.metadata.namespace}/${object.metadata.name}`
    for (const about of set.knativeServices) {
      const others = set.knativeServices.filter(one => one !== about && name(one.object) === name(about.object))
      if (about.object.spec?.traffic?.length || !others.some(({ object }) => object.spec?.traffic?.length)) continue
      yield {
        about,
        path: 'spec',
        message:
          'other documents of this service say how traffic is split, this one does not: applying it sends everything to the latest revision',
        instead: 'the same traffic in every document of the service',
      }
    }
  },
}

// Who answers at a port of a Kubernetes Service: revisions, addresses written by hand, or this mesh itself.
import type { CoreService, Endpoints, ServicePort } from '../../../api/core/types.ts'
import { labels as knative } from '../../../api/serving/labels.ts'
import type { ClusterEndpoint, Labels, RevisionEndpoint } from '../../table/cluster.ts'
import type { Workload } from '../mesh-objects.ts'
import { wellKnownEndpoint } from './well-known.ts'

/** The Service stands in front of its revision's activator (Public) or of the revision's instances (Private). */
const revisionServiceLabel = 'networking.internal.knative.dev/serviceType'

/** Ports of a revision's Services that carry requests; the others are for measuring its instances. */
const requestPorts: ReadonlySet<string> = new Set(['http', 'http2', 'h2c', 'http-istio'])

export function serviceEndpoints(
  service: CoreService,
  port: ServicePort,
  workloads: readonly Workload[],
  written: Endpoints | undefined,
): readonly ClusterEndpoint[] {
  const wellKnown = wellKnownEndpoint(service, port)
  if (wellKnown) return [wellKnown]
  const revision = revisionOf(service)
  if (revision) return requestPorts.has(port.name ?? '') ? [revision] : []
  const { selector } = service.spec ?? {}
  if (selector && Object.keys(selector).length > 0) {
    return selectedRevisions(workloads, service.metadata.namespace ?? '', selector)
  }
  return addressesOf(written, port)
}

/** A revision's instances come and go behind its activator: one endpoint, whatever their number. */
export function selectedRevisions(
  workloads: readonly Workload[],
  namespace: string,
  selector: Labels,
): readonly ClusterEndpoint[] {
  const wanted = Object.entries(selector)
  return workloads
    .filter(one => one.namespace === namespace && wanted.every(([label, value]) => one.labels[label] === value))
    .map(one => ({ ...revisionEndpoint(namespace, one.revision, one.labels), direct: true }))
}

function revisionOf({ metadata }: CoreService): ClusterEndpoint | undefined {
  const { namespace = '', labels = {} } = metadata
  const revision = labels[knative.revision]
  if (!revision || labels[revisionServiceLabel] === undefined) return undefined
  const endpoint = revisionEndpoint(namespace, revision, labels)
  return labels[revisionServiceLabel] === 'Private' ? { ...endpoint, direct: true } : endpoint
}

function revisionEndpoint(namespace: string, revision: string, labels: Labels): RevisionEndpoint {
  return { kind: 'revision', namespace, revision, labels, weight: 1, locality: '' }
}

function addressesOf(written: Endpoints | undefined, port: ServicePort): readonly ClusterEndpoint[] {
  return (written?.subsets ?? []).flatMap(({ addresses = [], ports = [] }) => {
    const target = ports.find(one => (one.name ?? '') === (port.name ?? ''))
    if (!target) return []
    return addresses.map(({ ip }): ClusterEndpoint => {
      return { kind: 'address', host: ip, port: target.port, labels: {}, weight: 1, locality: '' }
    })
  })
}

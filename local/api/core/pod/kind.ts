// Pod: what an instance of a revision shows itself as.
import type { KubeObject } from '../../../kernel/object.ts'
import { podListKeys } from '../../list-keys.ts'
import { anything } from '../../schema.ts'
import { ageColumn, coreKind, shown } from '../core-kind.ts'
import type { Pod } from '../types.ts'

export const podKind = coreKind({
  kind: 'Pod',
  description: 'An instance of a revision: started, probed and ended by the runtime.',
  plural: 'pods',
  strategic: podListKeys('spec'),
  shortNames: ['po'],
  categories: ['all'],
  status: true,
  instead: 'create a Knative Service (serving.knative.dev/v1); its revisions start their pods',
  // Instances are started by revisions alone; their whole spec is written by the runtime itself.
  fields: { spec: anything },
  columns: [
    { name: 'Ready', type: 'string', path: '.status.containerStatuses', cell: ready },
    { name: 'Status', type: 'string', path: '.status.phase', cell: state },
    { name: 'Restarts', type: 'integer', path: '.status.containerStatuses', cell: restarts },
    ageColumn,
    { name: 'IP', type: 'string', path: '.status.podIP', priority: 1, cell: pod => shown((pod as Pod).status?.podIP) },
    {
      name: 'Node',
      type: 'string',
      path: '.spec.nodeName',
      priority: 1,
      cell: pod => shown((pod as Pod).spec.nodeName),
    },
  ],
})

function ready(object: KubeObject): string {
  const { spec, status } = object as Pod
  const statuses = status?.containerStatuses ?? []
  return `${statuses.filter(one => one.ready).length}/${Math.max(spec.containers?.length ?? 0, statuses.length)}`
}

/** The reason a container waits or ended for tells more than the phase; a pod being deleted says so. */
function state(object: KubeObject): string {
  const { metadata, status } = object as Pod
  if (metadata.deletionTimestamp) return 'Terminating'
  const reasons = (status?.containerStatuses ?? []).flatMap(one => [
    one.state?.waiting?.reason,
    one.state?.terminated?.reason,
  ])
  return reasons.find(Boolean) ?? status?.reason ?? status?.phase ?? 'Unknown'
}

function restarts(object: KubeObject): string {
  const statuses = (object as Pod).status?.containerStatuses ?? []
  return String(statuses.reduce((sum, one) => sum + one.restartCount, 0))
}

// Node: the one machine everything runs on.
import type { KubeObject } from '../../../kernel/object.ts'
import { anything } from '../../schema.ts'
import { ageColumn, coreKind, shown } from '../core-kind.ts'

const rolePrefix = 'node-role.kubernetes.io/'

export const nodeKind = coreKind({
  kind: 'Node',
  description: 'The one machine everything runs on.',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  status: true,
  fields: { spec: anything },
  columns: [
    { name: 'Status', type: 'string', path: '.status.conditions', cell: readiness },
    { name: 'Roles', type: 'string', path: '.metadata.labels', cell: roles },
    ageColumn,
    { name: 'Version', type: 'string', path: '.status.nodeInfo.kubeletVersion' },
  ],
})

function readiness(object: KubeObject): string {
  const { status } = object as KubeObject & { status?: { conditions?: { type: string; status: string }[] } }
  const ready = status?.conditions?.find(one => one.type === 'Ready')
  if (!ready) return 'Unknown'
  return ready.status === 'True' ? 'Ready' : 'NotReady'
}

function roles(object: KubeObject): string {
  const labels = Object.keys(object.metadata.labels ?? {}).filter(key => key.startsWith(rolePrefix))
  return shown(labels.map(key => key.slice(rolePrefix.length)).join(','))
}

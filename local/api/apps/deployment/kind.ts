// Deployment: what stands between a revision and its pods on a cluster, and shows the revision's scale here.
import type { KubeObject } from '../../../kernel/object.ts'
import { ageColumn } from '../../core/core-kind.ts'
import { podSpecFields } from '../../core/pod-spec-schema.ts'
import type { Column, Kind } from '../../kind.ts'
import { podListKeys } from '../../list-keys.ts'
import { anything, boolean, described, integer, map, object, objectMeta, objectSchema, string } from '../../schema.ts'
import type { Deployment } from '../types.ts'

const count = (name: string, field: 'updatedReplicas' | 'availableReplicas'): Column => ({
  ...{ name, type: 'integer', path: `.status.${field}` },
  cell: one => String((one as Deployment).status[field] ?? 0),
})

const ofContainers = (name: string, field: 'name' | 'image'): Column => ({
  ...{ name, type: 'string', path: '.spec.template.spec.containers', priority: 1 },
  cell: one => (one as Deployment).spec.template.spec.containers.map(container => container[field]).join(','),
})

export const deploymentKind: Kind = {
  group: 'apps',
  versions: ['v1'],
  kind: 'Deployment',
  description: 'The scale of a revision, as clients of Kubernetes expect it; it follows from the revision.',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  status: true,
  strategic: podListKeys('spec.template.spec'),
  schema: objectSchema({
    spec: object({
      minReadySeconds: integer,
      paused: boolean,
      progressDeadlineSeconds: integer,
      replicas: described('How many pods the autoscaler asks for', integer),
      revisionHistoryLimit: integer,
      selector: object({ matchLabels: map(string), matchExpressions: anything }),
      strategy: anything,
      template: object({ metadata: objectMeta, spec: object(podSpecFields) }),
    }),
    status: anything,
  }),
  columns: [
    { name: 'Ready', type: 'string', path: '.status.readyReplicas', cell: ready },
    count('Up-to-date', 'updatedReplicas'),
    count('Available', 'availableReplicas'),
    ageColumn,
    ofContainers('Containers', 'name'),
    ofContainers('Images', 'image'),
    { name: 'Selector', type: 'string', path: '.spec.selector', priority: 1, cell: selector },
  ],
}

function ready(object: KubeObject): string {
  const { spec, status } = object as Deployment
  return `${status.readyReplicas ?? 0}/${spec.replicas}`
}

function selector(object: KubeObject): string {
  const labels = Object.entries((object as Deployment).spec.selector.matchLabels)
  return labels.map(([key, value]) => `${key}=${value}`).join(',')
}

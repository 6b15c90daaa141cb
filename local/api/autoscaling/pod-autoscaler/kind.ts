// The kind PodAutoscaler: where a revision and the autoscaler meet.
import type { Kind } from '../../kind.ts'
import { integer, object, objectSchema, string } from '../../schema.ts'
import { readyColumns } from '../../serving/columns.ts'
import { statusSchema } from '../../serving/schemas.ts'

export const podAutoscaler: Kind = {
  group: 'autoscaling.internal.knative.dev',
  versions: ['v1alpha1'],
  kind: 'PodAutoscaler',
  plural: 'podautoscalers',
  singular: 'podautoscaler',
  shortNames: ['kpa', 'pa'],
  categories: ['knative-internal', 'autoscaling'],
  namespaced: true,
  status: true,
  schema: objectSchema({
    spec: object({
      containerConcurrency: integer,
      protocolType: string,
      reachability: string,
      scaleTargetRef: object({ apiVersion: string, kind: string, name: string, namespace: string }),
    }),
    status: statusSchema({
      actualScale: integer,
      desiredScale: integer,
      metricsServiceName: string,
      serviceName: string,
    }),
  }),
  columns: [
    { name: 'DesiredScale', type: 'integer', path: '.status.desiredScale' },
    { name: 'ActualScale', type: 'integer', path: '.status.actualScale' },
    ...readyColumns,
  ],
}

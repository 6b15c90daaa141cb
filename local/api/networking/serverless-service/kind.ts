// The kind ServerlessService: a revision's name in the cluster, in front of its instances or of the activator.
import type { Kind } from '../../kind.ts'
import { integer, object, objectSchema, string } from '../../schema.ts'
import { readyColumns } from '../../serving/columns.ts'
import { statusSchema } from '../../serving/schemas.ts'

export const serverlessService: Kind = {
  group: 'networking.internal.knative.dev',
  versions: ['v1alpha1'],
  kind: 'ServerlessService',
  plural: 'serverlessservices',
  singular: 'serverlessservice',
  shortNames: ['sks'],
  categories: ['knative-internal', 'networking'],
  namespaced: true,
  status: true,
  schema: objectSchema({
    spec: object({
      mode: string,
      numActivators: integer,
      objectRef: object({ apiVersion: string, kind: string, name: string, namespace: string }),
      protocolType: string,
    }),
    status: statusSchema({ privateServiceName: string, serviceName: string }),
  }),
  columns: [
    { name: 'Mode', type: 'string', path: '.spec.mode' },
    { name: 'Activators', type: 'integer', path: '.spec.numActivators' },
    { name: 'ServiceName', type: 'string', path: '.status.serviceName' },
    { name: 'PrivateServiceName', type: 'string', path: '.status.privateServiceName' },
    ...readyColumns,
  ],
}

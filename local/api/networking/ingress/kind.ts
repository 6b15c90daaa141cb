// The kind Ingress of Knative's internal networking API: what a route asks of the mesh.
import type { Kind } from '../../kind.ts'
import { anything, array, integer, map, object, objectSchema, string } from '../../schema.ts'
import { readyColumns } from '../../serving/columns.ts'
import { statusSchema } from '../../serving/schemas.ts'

const split = object({
  appendHeaders: map(string),
  percent: integer,
  serviceName: string,
  serviceNamespace: string,
  servicePort: { type: 'int-or-string' },
})

const path = object({
  appendHeaders: map(string),
  headers: map(object({ exact: string })),
  path: string,
  rewriteHost: string,
  splits: array(split),
})

const loadBalancer = object({
  ingress: array(object({ domain: string, domainInternal: string, ip: string, meshOnly: anything })),
})

export const ingress: Kind = {
  group: 'networking.internal.knative.dev',
  versions: ['v1alpha1'],
  kind: 'Ingress',
  plural: 'ingresses',
  singular: 'ingress',
  shortNames: ['kingress', 'king'],
  categories: ['knative-internal', 'networking'],
  namespaced: true,
  status: true,
  schema: objectSchema({
    spec: object({
      httpOption: string,
      rules: array(object({ hosts: array(string), http: object({ paths: array(path) }), visibility: string })),
      tls: array(object({ hosts: array(string), secretName: string, secretNamespace: string })),
    }),
    status: statusSchema({ publicLoadBalancer: loadBalancer, privateLoadBalancer: loadBalancer }),
  }),
  columns: readyColumns,
}

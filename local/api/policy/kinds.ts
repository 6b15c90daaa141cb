// Policies of Kubernetes for pods and nodes. They are kept and shown; on one machine nothing is drained and no network lies between.
import { ageColumn } from '../core/core-kind.ts'
import type { Kind } from '../kind.ts'
import { anything, array, map, object, objectSchema, type Schema, string } from '../schema.ts'

const labelSelector: Schema = object({
  matchLabels: map(string),
  matchExpressions: array(object({ key: string, operator: string, values: array(string) })),
})

const peers: Schema = array(
  object({
    podSelector: labelSelector,
    namespaceSelector: labelSelector,
    ipBlock: object({ cidr: string, except: array(string) }),
  }),
)

// A port is a number or a name.
const ports: Schema = array(object({ protocol: string, port: anything, endPort: { type: 'integer' } }))

const podDisruptionBudget: Kind = {
  ...{ group: 'policy', versions: ['v1'], kind: 'PodDisruptionBudget' },
  ...{ plural: 'poddisruptionbudgets', singular: 'poddisruptionbudget', shortNames: ['pdb'] },
  namespaced: true,
  status: true,
  strategic: {},
  schema: objectSchema({
    spec: object({
      // Each a number or a share such as 50%.
      ...{ minAvailable: anything, maxUnavailable: anything },
      ...{ selector: labelSelector, unhealthyPodEvictionPolicy: string },
    }),
    status: anything,
  }),
  columns: [
    { name: 'Min Available', type: 'string', path: '.spec.minAvailable' },
    { name: 'Max Unavailable', type: 'string', path: '.spec.maxUnavailable' },
    ageColumn,
  ],
}

const networkPolicy: Kind = {
  ...{ group: 'networking.k8s.io', versions: ['v1'], kind: 'NetworkPolicy' },
  ...{ plural: 'networkpolicies', singular: 'networkpolicy', shortNames: ['netpol'] },
  namespaced: true,
  status: false,
  strategic: {},
  schema: objectSchema({
    spec: object({
      podSelector: labelSelector,
      policyTypes: array(string),
      ingress: array(object({ from: peers, ports })),
      egress: array(object({ to: peers, ports })),
    }),
  }),
  columns: [ageColumn],
}

export const policyKinds: readonly Kind[] = [podDisruptionBudget, networkPolicy]

// What Istio's kinds share: served versions, categories, and specs that are kept as they are written.
import type { Column, Kind } from '../kind.ts'
import { anything, objectSchema } from '../schema.ts'

type Written = Pick<Kind, 'kind' | 'plural'> & Partial<Pick<Kind, 'shortNames'>> & { columns?: readonly Column[] }

const age: Column = { name: 'Age', type: 'date', path: '.metadata.creationTimestamp' }

function istioKind(group: string, versions: readonly string[], { columns = [], ...kind }: Written): Kind {
  return {
    group,
    versions,
    singular: kind.kind.toLowerCase(),
    categories: ['istio-io', `${group.slice(0, group.indexOf('.'))}-istio-io`],
    namespaced: true,
    status: true,
    schema: objectSchema({ spec: anything, status: anything }),
    columns: [...columns, age],
    ...kind,
  }
}

export const networkingKind = (kind: Written): Kind =>
  istioKind('networking.istio.io', ['v1', 'v1beta1', 'v1alpha3'], kind)

export const securityKind = (kind: Written): Kind => istioKind('security.istio.io', ['v1', 'v1beta1'], kind)

export const telemetryGroupKind = (kind: Written): Kind => istioKind('telemetry.istio.io', ['v1', 'v1alpha1'], kind)

/** A column of a plain string or list field. */
export const text = (name: string, path: string, description: string): Column => ({
  name,
  type: 'string',
  path,
  description,
})

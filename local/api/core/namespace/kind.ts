// Namespace: the scope of names.
import type { KubeObject } from '../../../kernel/object.ts'
import { array, object, string } from '../../schema.ts'
import { ageColumn, coreKind } from '../core-kind.ts'
import type { Namespace } from '../types.ts'

export const namespaceKind = coreKind({
  kind: 'Namespace',
  description: 'The scope of names: deleting it deletes everything in it.',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  status: true,
  fields: { spec: object({ finalizers: array(string) }) },
  columns: [{ name: 'Status', type: 'string', path: '.status.phase' }, ageColumn],
  setDefaults,
})

/** As the API server does: the label of the own name, and the phase from the first moment on. */
function setDefaults(draft: KubeObject): void {
  const namespace = draft as Namespace
  namespace.metadata.labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': namespace.metadata.name }
  namespace.spec ??= { finalizers: ['kubernetes'] }
  namespace.status ??= { phase: 'Active' }
}

// ServiceAccount: the name a workload's identity carries.
import type { KubeObject } from '../../../kernel/object.ts'
import { anything, array, boolean } from '../../schema.ts'
import { ageColumn, coreKind } from '../core-kind.ts'

export const serviceAccountKind = coreKind({
  kind: 'ServiceAccount',
  description: 'The name a workload’s identity carries.',
  plural: 'serviceaccounts',
  strategic: { secrets: ['name'], imagePullSecrets: ['name'] },
  shortNames: ['sa'],
  fields: { secrets: array(anything), imagePullSecrets: array(anything), automountServiceAccountToken: boolean },
  columns: [{ name: 'Secrets', type: 'integer', path: '.secrets', cell: secretCount }, ageColumn],
})

function secretCount(object: KubeObject): string {
  return String((object as KubeObject & { secrets?: unknown[] }).secrets?.length ?? 0)
}

// The kind ClusterDomainClaim: which namespace may map a domain name.
import type { FieldError } from '../../../kernel/errors.ts'
import type { KubeObject } from '../../../kernel/object.ts'
import type { Kind } from '../../kind.ts'
import { object, objectSchema, string } from '../../schema.ts'
import type { ClusterDomainClaim } from '../types.ts'

export const clusterDomainClaim: Kind = {
  group: 'networking.internal.knative.dev',
  versions: ['v1alpha1'],
  kind: 'ClusterDomainClaim',
  plural: 'clusterdomainclaims',
  singular: 'clusterdomainclaim',
  shortNames: ['cdc'],
  categories: ['knative-internal', 'networking'],
  namespaced: false,
  status: false,
  schema: objectSchema({ spec: object({ namespace: string }) }),
  columns: [],
  validate: validateClaim,
  webhook: 'validation.webhook.serving.knative.dev',
}

function validateClaim(claim: KubeObject): FieldError[] {
  const { spec } = claim as Partial<ClusterDomainClaim>
  return spec?.namespace ? [] : [{ path: 'spec.namespace', message: 'missing field(s)' }]
}

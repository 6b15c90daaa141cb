// What the webhook fills into a DomainMapping.
import type { KubeObject } from '../../../kernel/object.ts'
import type { AdmissionContext } from '../../kind.ts'
import type { DomainMapping } from '../types.ts'
import { setUserInfo } from '../user-info.ts'

/** A reference without a namespace means the mapping's own. */
export function setDomainMappingDefaults(object: KubeObject, context: AdmissionContext): void {
  const mapping = object as Partial<DomainMapping> & KubeObject
  const ref = mapping.spec?.ref
  if (ref && mapping.metadata.namespace) ref.namespace ??= mapping.metadata.namespace
  setUserInfo(mapping, context)
}

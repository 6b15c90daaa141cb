// What the webhook refuses of a DomainMapping.
import type { FieldError } from '../../../kernel/errors.ts'
import type { KubeObject } from '../../../kernel/object.ts'
import { inPrintOrder, referenceFlaws } from '../../flaws.ts'
import type { AdmissionContext } from '../../kind.ts'
import { dnsLabelFlaw } from '../../names.ts'
import { disallowed } from '../flaws.ts'
import type { DomainMapping } from '../types.ts'
import { userInfoFlaws } from '../user-info.ts'

const clusterDomain = 'cluster.local'

export function validateDomainMapping(object: KubeObject, context: AdmissionContext): FieldError[] {
  const mapping = object as DomainMapping
  const { ref } = mapping.spec ?? {}
  const { metadata } = mapping
  return inPrintOrder([
    ...(metadata.generateName ? [disallowed('metadata.generateName')] : []),
    ...domainFlaws(metadata.name),
    ...userInfoFlaws(mapping, context.before),
    ...referenceFlaws(ref ?? {}, 'spec.ref'),
    ...namespaceFlaws(ref?.namespace, metadata.namespace),
  ])
}

function domainFlaws(name: string): FieldError[] {
  const path = 'metadata.name'
  const labels = name.split('.')
  const flaw = labels.map(dnsLabelFlaw).find(Boolean)
  const short = 'should be a domain with at least two segments separated by dots'
  const sentence = labels.length < 2 ? short : flaw
  if (sentence) return [{ path, message: `invalid name "${name}": name: Invalid value: "${name}": ${sentence}` }]
  if (!name.endsWith(`.${clusterDomain}`)) return []
  const message = `invalid name "${name}": must not be a subdomain of cluster local domain "${clusterDomain}"`
  return [{ path, message }]
}

/** What is mapped lives where the mapping does. */
function namespaceFlaws(referred: string | undefined, own: string | undefined): FieldError[] {
  if (!referred || !own || referred === own) return []
  const details = `parent namespace: "${own}" does not match ref: "${referred}"`
  return [{ path: 'spec.ref.namespace', message: 'mismatched namespaces', details }]
}

// What Kubernetes refuses in the metadata of any object.
import type { FieldError } from '../kernel/errors.ts'
import type { KubeObject } from '../kernel/object.ts'
import type { Kind } from './kind.ts'
import { dns1035LabelFlaw, dnsLabelFlaw, dnsSubdomainFlaw, labelValueFlaw, qualifiedNameFlaw } from './names.ts'

/** 256 KiB over all keys and values. */
const largestAnnotations = 256 * 1024

/** Flaws of name, namespace, labels and annotations, in Kubernetes' words. */
export function metadataFlaws(kind: Kind, { metadata }: KubeObject): FieldError[] {
  return [
    ...nameFlaws(kind, metadata.name, metadata.generateName),
    ...namespaceFlaws(kind, metadata.namespace),
    ...labelFlaws(metadata.labels ?? {}),
    ...annotationFlaws(metadata.annotations ?? {}),
  ]
}

function nameFlaws(kind: Kind, name: string | undefined, generateName: string | undefined): FieldError[] {
  if (!name && !generateName) {
    return [{ path: 'metadata.name', message: 'Required value: name or generateName is required' }]
  }
  const flaw = nameRule(kind)(name || `${generateName}x`)
  const path = name ? 'metadata.name' : 'metadata.generateName'
  return flaw ? [{ path, message: `Invalid value: "${name || generateName}": ${flaw}` }] : []
}

/** Namespaces and Services become labels of host names; everything else may carry dots. */
function nameRule({ group, kind }: Kind): (name: string) => string | undefined {
  if (group !== '') return dnsSubdomainFlaw
  if (kind === 'Namespace') return dnsLabelFlaw
  return kind === 'Service' ? dns1035LabelFlaw : dnsSubdomainFlaw
}

function namespaceFlaws(kind: Kind, namespace: string | undefined): FieldError[] {
  const path = 'metadata.namespace'
  if (!kind.namespaced) return namespace ? [{ path, message: 'Forbidden: not allowed on this type' }] : []
  const flaw = namespace === undefined ? undefined : dnsLabelFlaw(namespace)
  return flaw ? [{ path, message: `Invalid value: "${namespace}": ${flaw}` }] : []
}

function labelFlaws(labels: Record<string, string>): FieldError[] {
  const path = 'metadata.labels'
  return Object.entries(labels).flatMap(([key, value]) => {
    const keyFlaw = qualifiedNameFlaw(key)
    const valueFlaw = labelValueFlaw(value)
    return [
      ...(keyFlaw ? [{ path, message: `Invalid value: "${key}": ${keyFlaw}` }] : []),
      ...(valueFlaw ? [{ path, message: `Invalid value: "${value}": ${valueFlaw}` }] : []),
    ]
  })
}

function annotationFlaws(annotations: Record<string, string>): FieldError[] {
  const path = 'metadata.annotations'
  const entries = Object.entries(annotations)
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  const flaws = entries.flatMap(([key]) => {
    const flaw = qualifiedNameFlaw(key.toLowerCase())
    return flaw ? [{ path, message: `Invalid value: "${key}": ${flaw}` }] : []
  })
  if (size > largestAnnotations)
    flaws.push({ path, message: `Too long: may not be more than ${largestAnnotations} bytes` })
  return flaws
}

// Which workloads an object is for: label selectors and target references.
import { eachEntry, eachItem, type Finding, flaw, quoted, warning } from '../finding.ts'
import type { PolicySelector, PolicyTargetReference, WorkloadSelector } from './types.ts'

/** Of security and telemetry kinds. */
export function policySelectorFindings(selector: PolicySelector | undefined, path: string): Finding[] {
  if (!selector) return []
  return [
    ...labelFlaws(selector.matchLabels, `${path}.matchLabels`),
    ...withoutLabels(selector.matchLabels).map(sentence => warning(path, sentence)),
  ]
}

/** Of networking kinds. */
export const workloadSelectorFlaws = (selector: WorkloadSelector | undefined, path: string): Finding[] =>
  labelFlaws(selector?.labels, `${path}.labels`)

/** The warning of a selector that selects everything; `subject` begins the sentence. */
export function emptySelectorWarning(selector: WorkloadSelector | undefined, subject: string, path: string): Finding[] {
  if (!selector) return []
  return withoutLabels(selector.labels).map(sentence =>
    warning(path, `${subject}: ${sentence}, will be applied to all services in namespace`),
  )
}

function withoutLabels(labels: Record<string, string> | undefined): string[] {
  return Object.keys(labels ?? {}).length === 0 ? ['workload selector specified without labels'] : []
}

function labelFlaws(labels: Record<string, string> | undefined, path: string): Finding[] {
  return eachEntry(labels, path, (value, key, at) => {
    const written = quoted(`${key}=${value}`)
    return [
      ...(key === '' ? [flaw(at, `empty key is not supported in selector: ${written}`)] : []),
      ...(`${key}${value}`.includes('*') ? [flaw(at, `wildcard is not supported in selector: ${written}`)] : []),
    ]
  })
}

/** What policies attach to: one of labels and references. */
export interface Attachment {
  selector?: PolicySelector
  targetRef?: PolicyTargetReference
  targetRefs?: PolicyTargetReference[]
}

export function attachmentFindings({ selector, targetRef, targetRefs }: Attachment, path: string): Finding[] {
  const ways = [selector, targetRef, targetRefs?.length ? targetRefs : undefined].filter(way => way !== undefined)
  return [
    ...(ways.length > 1 ? [flaw(path, 'only one of targetRefs or workloadSelector can be set')] : []),
    ...policySelectorFindings(selector, `${path}.selector`),
    ...(targetRef ? targetRefFlaws(targetRef, `${path}.targetRef`) : []),
    ...eachItem(targetRefs, `${path}.targetRefs`, targetRefFlaws),
  ]
}

/** As Istio prints them: group, version, kind. */
const targets = [
  'core/v1/Service',
  'networking.istio.io/v1/ServiceEntry',
  'gateway.networking.k8s.io/v1/Gateway',
  'gateway.networking.k8s.io/v1/GatewayClass',
]

function targetRefFlaws(ref: Partial<PolicyTargetReference>, path: string): Finding[] {
  const { group = '', kind = '', name, namespace } = ref
  const known = targets.some(target => target.startsWith(`${group || 'core'}/`) && target.endsWith(`/${kind}`))
  return [
    ...(name ? [] : [flaw(`${path}.name`, 'targetRef name must be set')]),
    ...(namespace
      ? [flaw(`${path}.namespace`, 'targetRef namespace must not be set; cross namespace referencing is not supported')]
      : []),
    ...(known ? [] : [flaw(path, `targetRef must be to one of [${targets.join(' ')}] but was ${group}/${kind}`)]),
  ]
}

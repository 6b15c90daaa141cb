// What Knative asks of the metadata of its objects beyond Kubernetes' own rules.
import { parseDuration } from '../../kernel/duration.ts'
import type { FieldError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { missing } from '../flaws.ts'
import { dns1035LabelFlaw } from '../names.ts'
import { invalidValue } from './flaws.ts'
import { annotations } from './labels.ts'

/** Names become labels of host names. */
export function nameFlaws({ metadata }: KubeObject): FieldError[] {
  const generated = metadata.generateName ? dns1035LabelFlaw(`${metadata.generateName}x`) : undefined
  if (generated) return [{ path: 'metadata.generateName', message: `not a DNS 1035 label prefix: [${generated}]` }]
  const flaw = metadata.name ? dns1035LabelFlaw(metadata.name) : undefined
  return flaw ? [{ path: 'metadata.name', message: `not a DNS 1035 label: [${flaw}]` }] : []
}

/** The autoscaler reads the revision's annotations alone. */
export function misplacedScalingFlaws({ metadata }: KubeObject): FieldError[] {
  return Object.keys(metadata.annotations ?? {})
    .filter(key => key.startsWith('autoscaling.knative.dev'))
    .map(key => ({
      path: 'metadata.annotations',
      message: `invalid key name "${key}"`,
      details: 'autoscaling annotations must be put under "spec.template.metadata.annotations" to work',
    }))
}

/** An annotation that holds a duration in whole seconds, not below zero. */
export function wholeSecondsFlaws(of: Record<string, string> | undefined, key: string, at: string): FieldError[] {
  const text = of?.[key]
  if (!text) return []
  const path = `${at}.${key}`
  const ms = parseDuration(text)
  const short = key.slice(key.indexOf('/') + 1)
  if (ms === undefined) return [invalidValue(text, path)]
  if (ms % 1_000 !== 0) return [{ path, message: `${short}=${text} is not at second precision` }]
  return ms < 0 ? [{ path, message: `${short}=${text} must be positive` }] : []
}

export function rolloutDurationFlaws({ metadata }: KubeObject): FieldError[] {
  return wholeSecondsFlaws(metadata.annotations, annotations.rolloutDuration, 'metadata.annotations')
}

/** A label that names an owner must name one of the object's owners: it is the controllers' to write. */
export function ownerLabelFlaws({ metadata }: KubeObject, label: string, kind: string): FieldError[] {
  const name = metadata.labels?.[label]
  if (name === undefined) return []
  const owned = metadata.ownerReferences?.some(owner => owner.kind === kind && owner.name === name)
  return owned ? [] : [missing(`metadata.labels.${label}`)]
}

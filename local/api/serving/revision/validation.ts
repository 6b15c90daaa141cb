// What the webhook refuses of a revision, and of its spec wherever it stands.
import type { FieldError } from '../../../kernel/errors.ts'
import type { KubeObject } from '../../../kernel/object.ts'
import { inPrintOrder } from '../../flaws.ts'
import type { AdmissionContext } from '../../kind.ts'
import { configsOf, type ServingConfigs } from '../configs.ts'
import { outOfBounds } from '../flaws.ts'
import { labels } from '../labels.ts'
import { nameFlaws, ownerLabelFlaws } from '../metadata-validation.ts'
import { podSpecFlaws } from '../pod-spec/validation.ts'
import { scalingFlaws } from '../scaling-annotations.ts'
import { specDiff } from '../spec-diff.ts'
import type { Revision, RevisionSpec } from '../types.ts'

export function validateRevision(object: KubeObject, context: AdmissionContext): FieldError[] {
  const revision = object as Revision
  const before = context.before as Revision | undefined
  const configs = configsOf(context)
  const details = before ? specDiff('{v1.RevisionSpec}', before.spec, revision.spec) : ''
  if (details) return [{ path: 'spec', message: 'Immutable fields changed (-old +new)', details }]
  return inPrintOrder([
    ...nameFlaws(revision),
    ...scalingFlaws(revision.metadata.annotations, configs.autoscaler, 'metadata.annotations'),
    ...ownerLabelFlaws(revision, labels.configuration, 'Configuration'),
    ...(before ? [] : revisionSpecFlaws(revision.spec, 'spec', configs)),
  ])
}

/** Flaws of a revision's spec at `at`. */
export function revisionSpecFlaws(spec: RevisionSpec, at: string, configs: ServingConfigs): FieldError[] {
  const { maxTimeoutSeconds, containerConcurrencyMaxLimit, allowContainerConcurrencyZero } = configs.defaults
  const flaws = podSpecFlaws(spec, at, configs.features)
  const bounded = (field: 'timeoutSeconds' | 'containerConcurrency', least: number, most: number) => {
    const value = spec[field]
    const outside = value !== undefined && (value < least || value > most)
    if (outside) flaws.push(outOfBounds(value, least, most, `${at}.${field}`))
  }
  bounded('timeoutSeconds', 0, maxTimeoutSeconds)
  bounded('containerConcurrency', allowContainerConcurrencyZero ? 0 : 1, containerConcurrencyMaxLimit)
  return flaws
}

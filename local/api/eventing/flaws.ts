// The checks Broker and Trigger share.
import { parseIsoDuration } from '../../kernel/duration.ts'
import type { FieldError } from '../../kernel/errors.ts'
import { referenceFlaws } from '../flaws.ts'
import type { AdmissionContext } from '../kind.ts'
import type { DeliverySpec, Destination } from './types.ts'

const invalid = (value: unknown, path: string): FieldError => ({ path, message: `invalid value: ${value}` })

/** Flaws of a destination: it needs a complete `ref`, an absolute `uri`, or a `ref` with a relative one. */
export function destinationFlaws(destination: Destination | undefined, path: string): FieldError[] {
  const { ref, uri } = destination ?? {}
  if (!ref && !uri) {
    return [{ path: `${path}.ref, ${path}.uri`, message: 'expected at least one, got none' }]
  }
  if (ref && uri && isAbsolute(uri)) {
    const details = 'Absolute URI is not allowed when Ref or [apiVersion, kind, name] is present'
    return [{ path: `${path}.[apiVersion, kind, name], ${path}.ref, ${path}.uri`, message: details }]
  }
  if (!ref && uri && !isAbsolute(uri)) {
    const details = 'Relative URI is not allowed when Ref and [apiVersion, kind, name] is absent'
    return [{ path: `${path}.uri`, message: `invalid value: ${details}` }]
  }
  // Whoever leaves the namespace out means that of the object itself.
  return ref ? referenceFlaws({ namespace: 'default', ...ref }, `${path}.ref`) : []
}

/** Flaws of a delivery spec (eventing pkg/apis/duck/v1/delivery_types.go). */
export function deliveryFlaws(spec: DeliverySpec | undefined, path: string, context: AdmissionContext): FieldError[] {
  if (!spec) return []
  const flaws = spec.deadLetterSink ? destinationFlaws(spec.deadLetterSink, `${path}.deadLetterSink`) : []
  if ((spec.retry ?? 0) < 0) flaws.push(invalid(spec.retry, `${path}.retry`))
  const policy: string | undefined = spec.backoffPolicy
  if (policy !== undefined && policy !== 'linear' && policy !== 'exponential') {
    flaws.push(invalid(policy, `${path}.backoffPolicy`))
  }
  const isDuration = (text: string, zero: boolean) => (parseIsoDuration(text) ?? -1) >= (zero ? 0 : Number.MIN_VALUE)
  for (const field of ['backoffDelay', 'timeout', 'retryAfterMax'] as const) {
    const text = spec[field]
    if (text !== undefined && !isDuration(text, field !== 'timeout')) flaws.push(invalid(text, `${path}.${field}`))
  }
  return [...flaws, ...retryAfterFlaws(spec, path, context)]
}

// The field is refused until its feature is switched on, as on a cluster.
function retryAfterFlaws(spec: DeliverySpec, path: string, context: AdmissionContext): FieldError[] {
  if (spec.retryAfterMax === undefined) return []
  const flag = context.config('knative-eventing', 'config-features')['delivery-retryafter'] ?? 'disabled'
  if (flag.toLowerCase() === 'enabled') return []
  const details = 'Set delivery-retryafter to enabled in the ConfigMap config-features of knative-eventing to use it'
  return [{ path: `${path}.retryAfterMax`, message: 'must not set the field(s)', details }]
}

/** The flaw of a field that may not change, with the change as Knative shows it; none when it did not. */
export function immutableFlaws(before: unknown, now: unknown, path: string): FieldError[] {
  const [old, fresh] = [JSON.stringify(before ?? ''), JSON.stringify(now ?? '')]
  if (old === fresh) return []
  return [{ path, message: 'Immutable fields changed (-old +new)', details: `{string}:\n\t-: ${old}\n\t+: ${fresh}\n` }]
}

/** True of a URL with a scheme and a host. */
export function isAbsolute(uri: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(uri)
}

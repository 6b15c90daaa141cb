// What the webhook refuses of probes.
import type { FieldError } from '../../../kernel/errors.ts'
import type { Probe } from '../../core/pod-spec.ts'
import { exactlyOne, invalidValue, largestInt32, outOfBounds } from '../flaws.ts'
import type { Serving } from './container.ts'

const handlers = ['httpGet', 'tcpSocket', 'exec', 'grpc'] as const

/** Flaws of a probe; without `port` it is a sidecar's, which must say which port it means. */
export function probeFlaws(probe: Probe | undefined, at: string, port?: Serving): FieldError[] {
  if (!probe) return []
  const ports = (['httpGet', 'tcpSocket'] as const).flatMap(handler => {
    const asked = probe[handler]?.port
    return probe[handler] ? portFlaws(asked ?? 0, `${at}.${handler}.port`, port) : []
  })
  return [
    ...exactlyOne(
      handlers.filter(one => probe[one]),
      handlers,
      at,
    ),
    ...ports,
  ]
}

function portFlaws(asked: number | string, path: string, port: Serving | undefined): FieldError[] {
  if (!port) return asked === 0 || asked === '' ? [invalidValue(asked, path, 'Probe port must be specified')] : []
  const other = typeof asked === 'string' && asked !== '' && asked !== port.name
  return other ? [invalidValue(asked, path, 'Probe port must match container port')] : []
}

/** A readiness probe without a period is tried as fast as it goes, so counts and timeouts mean nothing to it. */
export function readinessFlaws(probe: Probe | undefined, at: string, port?: Serving): FieldError[] {
  if (!probe) return []
  const { periodSeconds = 0, initialDelaySeconds = 0, successThreshold = 0 } = probe
  const flaws = probeFlaws(probe, at, port)
  if (periodSeconds < 0) flaws.push(outOfBounds(periodSeconds, 0, largestInt32, `${at}.periodSeconds`))
  if (initialDelaySeconds < 0)
    flaws.push(outOfBounds(initialDelaySeconds, 0, largestInt32, `${at}.initialDelaySeconds`))
  if (successThreshold < 1) flaws.push(outOfBounds(successThreshold, 1, largestInt32, `${at}.successThreshold`))
  return [...flaws, ...periodFlaws(probe, at, periodSeconds)]
}

function periodFlaws(probe: Probe, at: string, periodSeconds: number): FieldError[] {
  return (['failureThreshold', 'timeoutSeconds'] as const).flatMap(field => {
    const value = probe[field] ?? 0
    const path = `${at}.${field}`
    if (periodSeconds !== 0) return value < 1 ? [outOfBounds(value, 1, largestInt32, path)] : []
    return value === 0 ? [] : [{ path, message: `${field} is disallowed when periodSeconds is zero` }]
  })
}

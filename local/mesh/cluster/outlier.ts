// Outlier detection: an endpoint that fails several times in a row is left out for a while.
import type { OutlierDetection } from '../table/cluster.ts'
import type { Outcome } from './balancer.ts'

/** What is known of one endpoint. */
export interface Health {
  consecutive5xx: number
  consecutiveGatewayErrors: number
  consecutiveLocalFailures: number
  /** Milliseconds since the epoch; it is left out before this moment. */
  readmittedAt: number
  /** How many ejections in near succession: the next one lasts that many times longer. */
  ejections: number
}

export function createHealth(): Health {
  return {
    consecutive5xx: 0,
    consecutiveGatewayErrors: 0,
    consecutiveLocalFailures: 0,
    readmittedAt: Number.NEGATIVE_INFINITY,
    ejections: 0,
  }
}

export function isEjected(health: Health, now: number): boolean {
  return now < health.readmittedAt
}

/** Envoy's max_ejection_time. */
const longestEjectionMs = 300_000

export interface OutlierScene {
  settings: OutlierDetection
  now: number
  /** When the checks began: endpoints come back at whole intervals from then. */
  startedAt: number
  /** Of all endpoints of the cluster. */
  healths: readonly Health[]
}

/** Takes note of how a request ended, and ejects the endpoint at once when that was one failure too many. */
export function report(health: Health, outcome: Outcome, scene: OutlierScene): void {
  if (outcome.kind === 'cancelled' || isEjected(health, scene.now)) return
  if (tooManyFailures(health, outcome, scene.settings) && mayEject(scene)) eject(health, scene)
}

function tooManyFailures(health: Health, outcome: Outcome, settings: OutlierDetection): boolean {
  const status = outcome.kind === 'status' ? outcome.status : undefined
  if (settings.splitExternalLocalOriginErrors) {
    health.consecutiveLocalFailures = status === undefined ? health.consecutiveLocalFailures + 1 : 0
    if (status === undefined) {
      return reached(health, 'consecutiveLocalFailures', settings.consecutiveLocalOriginFailures)
    }
  }
  return countStatus(health, status ?? (outcome.kind === 'timeout' ? 504 : 503), settings)
}

/** Not told apart, a failure to get an answer counts as 503, a timeout as 504. */
function countStatus(health: Health, status: number, settings: OutlierDetection): boolean {
  health.consecutive5xx = status >= 500 ? health.consecutive5xx + 1 : 0
  health.consecutiveGatewayErrors = status >= 502 && status <= 504 ? health.consecutiveGatewayErrors + 1 : 0
  const byGateway = reached(health, 'consecutiveGatewayErrors', settings.consecutiveGatewayErrors)
  return reached(health, 'consecutive5xx', settings.consecutive5xx) || byGateway
}

type Counter = 'consecutive5xx' | 'consecutiveGatewayErrors' | 'consecutiveLocalFailures'

/** The count begins again even when the endpoint may not be ejected. */
function reached(health: Health, counter: Counter, limit: number): boolean {
  if (limit === 0 || health[counter] < limit) return false
  health[counter] = 0
  return true
}

/** With this one too, no more than the percentage may be out: 10 % of fewer than ten endpoints is none. */
function mayEject({ settings, now, healths }: OutlierScene): boolean {
  const ejected = healths.filter(health => isEjected(health, now)).length
  return (100 * (ejected + 1)) / healths.length <= settings.maxEjectionPercent
}

function eject(health: Health, { settings, now, startedAt }: OutlierScene): void {
  const { intervalMs, baseEjectionMs } = settings
  const tick = (time: number) => Math.floor((time - startedAt) / intervalMs)
  const quietIntervals = health.ejections === 0 ? 0 : tick(now) - tick(health.readmittedAt)
  health.ejections = Math.max(0, health.ejections - quietIntervals) + 1
  const duration = Math.min(baseEjectionMs * health.ejections, Math.max(longestEjectionMs, baseEjectionMs))
  health.readmittedAt = startedAt + Math.ceil((now + duration - startedAt) / intervalMs) * intervalMs
  health.consecutive5xx = 0
  health.consecutiveGatewayErrors = 0
  health.consecutiveLocalFailures = 0
}

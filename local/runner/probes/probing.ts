// When a probe is tried and what follows: thresholds and periods of Kubernetes, and Knative's eager readiness.
import type { Probe } from '../../api/core/pod-spec.ts'
import { type Clock, sleep } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'

export interface Probing {
  clock: Clock
  /** One attempt, given its timeout in milliseconds. */
  attempt(probe: Probe, timeoutMs: number): Promise<void>
  /** Ends the probing; the promise rejects with its reason. */
  signal: AbortSignal
}

/**
 * How often readiness is tried when no period is set, in milliseconds: Knative's queue-proxy tries each 25 ms. The
 * first attempts come faster, because a process on this machine is ready sooner than a pod.
 */
export function eagerDelayMs(attempts: number): number {
  return attempts < 20 ? 10 : 25
}

function delayMs(probe: Probe, attempts: number): number {
  return probe.periodSeconds ? probe.periodSeconds * 1_000 : eagerDelayMs(attempts)
}

function timeoutMs(probe: Probe): number {
  return (probe.timeoutSeconds || 1) * 1_000
}

/** Resolves once `probe` succeeded `successThreshold` times in a row; rejects only when aborted. */
export async function untilSuccess(probe: Probe, { clock, attempt, signal }: Probing): Promise<void> {
  if (probe.initialDelaySeconds) await sleep(clock, probe.initialDelaySeconds * 1_000, signal)
  let successes = 0
  for (let attempts = 1; ; attempts++) {
    signal.throwIfAborted()
    const flaw = await attempt(probe, timeoutMs(probe)).catch(messageOf)
    successes = flaw === undefined ? successes + 1 : 0
    if (successes >= (probe.successThreshold || 1)) return
    await sleep(clock, delayMs(probe, attempts), signal)
  }
}

/**
 * Startup: resolves undefined at the first success, or with the last flaw once `failureThreshold` attempts failed
 * (Kubernetes' defaults: three, each 10 s).
 */
export async function untilStarted(probe: Probe, probing: Probing): Promise<string | undefined> {
  return watchProbe(probe, probing, true)
}

/** Liveness: resolves with the flaw once `failureThreshold` attempts in a row failed; goes on until then. */
export async function untilDead(probe: Probe, probing: Probing): Promise<string | undefined> {
  return watchProbe(probe, probing, false)
}

/**
 * Readiness of an instance that is ready: tells when it is no longer (`failureThreshold` attempts in a row failed) and
 * when it is again (`successThreshold` succeeded), with Kubernetes' defaults. Goes on until aborted, then rejects.
 */
export async function watchReadiness(
  probe: Probe,
  probing: Probing,
  changed: (ready: boolean) => void,
): Promise<never> {
  const { clock, attempt, signal } = probing
  const periodMs = (probe.periodSeconds || 10) * 1_000
  let ready = true
  for (let against = 0; ; ) {
    await sleep(clock, periodMs, signal)
    signal.throwIfAborted()
    const flaw = await attempt(probe, timeoutMs(probe)).catch(messageOf)
    against = (flaw === undefined) === ready ? 0 : against + 1
    if (against < (ready ? probe.failureThreshold || 3 : probe.successThreshold || 1)) continue
    ready = !ready
    against = 0
    changed(ready)
  }
}

async function watchProbe(probe: Probe, probing: Probing, endsWithSuccess: boolean): Promise<string | undefined> {
  const { clock, attempt, signal } = probing
  const periodMs = (probe.periodSeconds || 10) * 1_000
  if (probe.initialDelaySeconds) await sleep(clock, probe.initialDelaySeconds * 1_000, signal)
  for (let failures = 0; ; ) {
    signal.throwIfAborted()
    const flaw = await attempt(probe, timeoutMs(probe)).catch(messageOf)
    if (flaw === undefined && endsWithSuccess) return undefined
    failures = flaw === undefined ? 0 : failures + 1
    if (flaw !== undefined && failures >= (probe.failureThreshold || 3)) return flaw
    await sleep(clock, periodMs, signal)
  }
}

// All probes of one container, in their order: started, then alive and ready, then ready still.
import type { Container, Probe } from '../../api/core/pod-spec.ts'
import type { Clock } from '../../kernel/clock.ts'
import { InstanceFailed } from '../../seams/instances.ts'
import type { RunningContainer } from '../container.ts'
import { attempt, type ProbeTarget } from './attempt.ts'
import { type Probing, untilDead, untilStarted, untilSuccess, watchReadiness } from './probing.ts'

export interface ContainerProbes {
  clock: Clock
  /** Ends all probing. */
  signal: AbortSignal
  /** A container that had been ready for longer is alive no more. */
  dead(failure: InstanceFailed): void
  /** Its readiness probe begins to fail, or passes again, after it had passed. */
  readinessChanged(ready: boolean): void
}

/**
 * Resolves once the container listens and is ready; what is asked of it afterwards goes on until aborted. Rejects with
 * `InstanceFailed` when it does not start, and with the signal's reason when aborted before.
 */
export async function probeContainer(container: RunningContainer, probes: ContainerProbes): Promise<void> {
  const { clock, signal } = probes
  const { startupProbe, readinessProbe, livenessProbe } = container.plan.container
  await Promise.race([container.listening, aborted(signal)])
  const target = targetOf(container)
  const probing: Probing = { clock, signal, attempt: (probe, timeoutMs) => attempt(probe, target, timeoutMs) }
  if (startupProbe) {
    const flaw = await untilStarted(startupProbe, probing)
    if (flaw !== undefined) throw unhealthy('Startup', flaw)
  }
  if (livenessProbe) {
    const died = (flaw: string | undefined) => flaw !== undefined && probes.dead(unhealthy('Liveness', flaw))
    untilDead(livenessProbe, probing).then(died, () => {})
  }
  const readiness: Probe | undefined =
    readinessProbe ?? (container.plan.serves ? { tcpSocket: { port: 0 } } : undefined)
  if (!readiness) return
  await untilSuccess(readiness, probing)
  // A socket listens as long as its process lives, which is watched already: only the other probes can change.
  if (!readiness.tcpSocket) watchReadiness(readiness, probing, probes.readinessChanged).catch(() => {})
}

function unhealthy(probe: string, flaw: string): InstanceFailed {
  return new InstanceFailed({ reason: 'ProbeFailed', message: `${probe} probe failed: ${flaw}` })
}

/** Probes name ports of the YAML: the container's own stands for wherever it really listens. */
function targetOf({ plan, address }: RunningContainer): ProbeTarget {
  const [port] = plan.container.ports ?? []
  const own = new Set<number | string | undefined>([
    undefined,
    0,
    '',
    plan.containerPort,
    String(plan.containerPort),
    port?.name,
  ])
  return {
    addressOf: wanted => (own.has(wanted) ? address : { host: '127.0.0.1', port: portNumber(wanted, plan.container) }),
    env: plan.env,
    cwd: plan.cwd,
  }
}

function portNumber(wanted: number | string | undefined, container: Container): number {
  const named = container.ports?.find(({ name }) => name === wanted)
  return named?.containerPort ?? Number(wanted)
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

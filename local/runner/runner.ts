// The runner: images resolved to digests, instances started from them, and everything ended with the runtime.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { systemClock } from '../kernel/clock.ts'
import { silentLog } from '../kernel/log.ts'
import type { ExecOptions, Execution } from '../seams/execution.ts'
import type { InstanceSpec } from '../seams/instances.ts'
import type { LogOptions } from '../seams/pod-logs.ts'
import type { PodUsage } from '../seams/pod-usage.ts'
import { startExecution } from './exec/execution.ts'
import { createImages } from './images/images.ts'
import { type InstanceContext, startInstance } from './instance.ts'
import { createLogKeeper } from './logs/log-keeper.ts'
import { createPool } from './pool/pool.ts'
import { poolProgram } from './pool/program.ts'
import { portFinder } from './process/free-port.ts'
import { startGuard } from './process/guard.ts'
import type { ContainerView, RunnerOptions, RunningInstance } from './types.ts'
import { createNodeUsage, createUsage } from './usage.ts'

export interface Runner {
  /** The digest reference of an image (`dev.local/x/y@sha256:…`), building it first if need be. Rejects with `InstanceFailed`. */
  resolve(image: string): Promise<string>
  /** A hint that these images are likely needed soon. */
  prepare(images: readonly string[]): void
  /** Starts an instance; returns at once. */
  start(spec: InstanceSpec): RunningInstance
  /** A hint that `count` instances are likely needed within milliseconds. */
  expect(count: number): void
  /** Resolves once a first process of the pool waits. */
  poolReady(): Promise<void>
  /** What a pod's container wrote; undefined when nothing is kept of it. */
  logs(namespace: string, pod: string, options: LogOptions): AsyncIterable<Buffer> | undefined
  /** Starts a further program in a container of a pod; undefined when none runs there. Throws `InstanceFailed`. */
  exec(namespace: string, pod: string, request: ExecOptions): Execution | undefined
  /** What the containers that run hold, and what they have used since they were looked at last. */
  usage(): PodUsage[]
  /** The same of the machine. */
  nodeUsage(): ReturnType<ReturnType<typeof createNodeUsage>>
  /** Ends every process it started, at once; instances that should drain are stopped before. */
  stop(): Promise<void>
}

/** Processes kept booted unless told otherwise: with two, everything at zero stays below 200 MiB. */
const defaultPoolSize = 2

/** Starts the runner: its guard and its pool begin to boot at once. */
export function createRunner(options: RunnerOptions): Runner {
  const { projectDir, stateDir, serveModule, imagesFile } = options
  const clock = options.clock ?? systemClock
  const log = options.log ?? silentLog
  const roots = [projectDir, dirname(serveModule)]
  const images = createImages({ projectDir, stateDir, serveModule, imagesFile })
  // Sockets lie in the system's temporary folder: below a project their paths could exceed 100 characters.
  const sockets = mkdtempSync(join(tmpdir(), 'skiff-'))
  // Volumes of pods of an earlier run.
  rmSync(join(stateDir, 'volumes'), { recursive: true, force: true })
  const guard = startGuard(sockets)
  const size = options.poolSize ?? defaultPoolSize
  const pool = createPool({ program: poolProgram(stateDir, roots), size, log, stateDir, guard, clock })
  const shared = { projectDir, stateDir, roots, clock, guard, pool, store: images.store }
  const contextOf = contexts(options, shared, sockets)
  const instances = new Map<RunningInstance, InstanceSpec>()
  const logs = createLogKeeper({ stateDir, clock, log, running: () => instances.values() })
  const usage = createUsage()
  return {
    ...{ resolve: images.resolve, prepare: images.prepare, expect: pool.expect, poolReady: pool.ready },
    ...{ logs: logs.read, usage: () => usage.take(instances, clock.now()), nodeUsage: createNodeUsage() },
    start(spec) {
      const instance = startInstance(spec, contextOf(spec))
      instances.set(instance, spec)
      void instance.gone.then(() => {
        instances.delete(instance)
        void logs.ended(spec.namespace)
      })
      return instance
    },
    exec(namespace, pod, request) {
      const container = containerOf(instances, namespace, pod, request.container)
      return container && startExecution(request, container, guard)
    },
    async stop() {
      logs.stop()
      pool.stop()
      for (const instance of instances.keys()) instance.kill()
      await Promise.all([...instances.keys()].map(({ gone }) => gone))
      await guard.close()
    },
  }
}

type OfInstance = 'lookup' | 'extra' | 'socketPath' | 'freePort' | 'released'

/** What an instance starts with: what all share, sockets and ports of its own, and what the runtime adds for it. */
function contexts(
  { lookup = () => undefined, extraEnv }: RunnerOptions,
  shared: Omit<InstanceContext, OfInstance>,
  sockets: string,
): (spec: InstanceSpec) => InstanceContext {
  const freePort = portFinder()
  let socketCount = 0
  return spec => {
    const extra = extraEnv?.(spec)
    return {
      ...shared,
      ...{ lookup, freePort, extra: extra?.env ?? {} },
      socketPath: () => join(sockets, `${socketCount++}.sock`),
      released: () => extra?.release?.(),
    }
  }
}

/** The first container of a pod unless one is named; undefined when it does not run. */
function containerOf(
  instances: ReadonlyMap<RunningInstance, InstanceSpec>,
  namespace: string,
  pod: string,
  name: string | undefined,
): ContainerView | undefined {
  const [instance] = [...instances].find(([, spec]) => spec.namespace === namespace && spec.name === pod) ?? []
  const containers = instance?.containers() ?? []
  return name === undefined ? containers[0] : containers.find(one => one.name === name)
}

// The runner: images resolved to digests, instances started from them, and everything ended with the runtime.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { systemClock } from '../kernel/clock.ts'
import { messageOf } from '../kernel/errors.ts'
import { silentLog } from '../kernel/log.ts'
import { type ExecRequest, type Execution, startExecution } from './exec/execution.ts'
import { createImages } from './images/images.ts'
import { type InstanceContext, startInstance } from './instance.ts'
import { logFile } from './logs/log-files.ts'
import { createLogSizes } from './logs/log-sizes.ts'
import { type LogOptions, readLogs } from './logs/read.ts'
import { prune, rotate } from './logs/rotation.ts'
import { containerName } from './plan.ts'
import { createPool } from './pool/pool.ts'
import { poolProgram } from './pool/program.ts'
import { portFinder } from './process/free-port.ts'
import { startGuard } from './process/guard.ts'
import type { ContainerView, Instance, InstanceSpec, RunnerOptions } from './types.ts'
import { createNodeUsage, createUsage, type PodUsage } from './usage.ts'

export { InstanceFailed } from './types.ts'

export interface Runner {
  /** The digest reference of an image (`dev.local/x/y@sha256:…`), building it first if need be. Rejects with `InstanceFailed`. */
  resolve(image: string): Promise<string>
  /** Starts an instance; returns at once. */
  start(spec: InstanceSpec): Instance
  /** A hint that `count` instances are likely needed within milliseconds. */
  expect(count: number): void
  /** Resolves once a first process of the pool waits. */
  poolReady(): Promise<void>
  /** What a pod's container wrote; undefined when nothing is kept of it. */
  logs(namespace: string, pod: string, options: LogOptions): AsyncIterable<Buffer> | undefined
  /** Starts a further program in a container of a pod; undefined when none runs there. Throws `InstanceFailed`. */
  exec(namespace: string, pod: string, request: ExecRequest): Execution | undefined
  /** What the containers that run hold, and what they have used since they were looked at last. */
  usage(): PodUsage[]
  /** The same of the machine. */
  nodeUsage(): ReturnType<ReturnType<typeof createNodeUsage>>
  /** Ends every process it started, at once; instances that should drain are stopped before. */
  stop(): Promise<void>
}

/** Processes kept booted unless told otherwise: with two, everything at zero stays below 200 MiB. */
export const defaultPoolSize = 2

/** How often logs are looked at for their size, in milliseconds. */
const rotationMs = 1_000

/** Starts the runner: its guard and its pool begin to boot at once. */
export function createRunner(options: RunnerOptions): Runner {
  const { projectDir, stateDir, serveModule, imagesFile } = options
  const clock = options.clock ?? systemClock
  const roots = [projectDir, dirname(serveModule)]
  const images = createImages({ projectDir, stateDir, serveModule, imagesFile })
  // Sockets lie in the system's temporary folder: below a project their paths could exceed 100 characters.
  const sockets = mkdtempSync(join(tmpdir(), 'skiff-'))
  // Volumes of pods of an earlier run.
  rmSync(join(stateDir, 'volumes'), { recursive: true, force: true })
  const guard = startGuard(sockets)
  const pool = createPool({
    program: poolProgram(stateDir, roots),
    size: options.poolSize ?? defaultPoolSize,
    log: options.log ?? silentLog,
    stateDir,
    guard,
    clock,
  })
  const instances = new Map<Instance, InstanceSpec>()
  let socketCount = 0

  function contextOf(spec: InstanceSpec): InstanceContext {
    const extra = options.extraEnv?.(spec)
    return {
      ...{ projectDir, stateDir, roots, clock, guard, pool, store: images.store, freePort },
      lookup: options.lookup ?? (() => undefined),
      extra: extra?.env ?? {},
      socketPath: () => join(sockets, `${socketCount++}.sock`),
      released: () => extra?.release?.(),
    }
  }
  const freePort = portFinder()

  const sizes = createLogSizes(clock)
  const usage = createUsage()

  function runningLogs(): string[] {
    return [...instances.values()].flatMap(({ namespace, name, pod: { containers } }) =>
      containers.map((one, index) => logFile(stateDir, namespace, name, containerName(one, index))),
    )
  }
  async function tidyLogs(): Promise<void> {
    const files = runningLogs()
    sizes.note(files)
    for (const file of files) await rotate(file)
  }
  const rotation = clock.every(rotationMs, () => void tidyLogs().catch(noLogRoom))

  function findContainer(namespace: string, pod: string, name: string | undefined): ContainerView | undefined {
    const [instance] = [...instances].find(([, spec]) => spec.namespace === namespace && spec.name === pod) ?? []
    const containers = instance?.containers() ?? []
    return name === undefined ? containers[0] : containers.find(one => one.name === name)
  }

  async function pruneLogs(namespace: string): Promise<void> {
    const running = new Set([...instances.values()].map(({ name }) => name))
    await prune(join(stateDir, 'logs', namespace), running).catch(noLogRoom)
  }

  function noLogRoom(error: unknown): void {
    options.log?.('warn', 'logs cannot be tidied', { error: messageOf(error) })
  }

  return {
    resolve: images.resolve,
    start(spec) {
      const instance = startInstance(spec, contextOf(spec))
      instances.set(instance, spec)
      void instance.gone.then(() => {
        instances.delete(instance)
        void pruneLogs(spec.namespace)
      })
      return instance
    },
    expect: pool.expect,
    poolReady: pool.ready,
    logs: (namespace, pod, options) => readLogs(stateDir, namespace, pod, options, sizes.of),
    exec(namespace, pod, request) {
      const container = findContainer(namespace, pod, request.container)
      return container && startExecution(request, container, guard)
    },
    usage: () => usage.take(instances, clock.now()),
    nodeUsage: createNodeUsage(),
    async stop() {
      rotation.cancel()
      pool.stop()
      for (const instance of instances.keys()) instance.kill()
      await Promise.all([...instances.keys()].map(({ gone }) => gone))
      await guard.close()
    },
  }
}

// Keeps the logs of instances: notes when they grow, moves aside what gets too long, removes those of pods long gone.
import { join } from 'node:path'
import type { Clock } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import type { InstanceSpec } from '../../seams/instances.ts'
import type { LogOptions } from '../../seams/pod-logs.ts'
import { containerName } from '../plan.ts'
import { logFile } from './log-files.ts'
import { createLogSizes } from './log-sizes.ts'
import { readLogs } from './read.ts'
import { prune, rotate } from './rotation.ts'

/** How often logs are looked at for their size, in milliseconds. */
const rotationMs = 1_000

export interface LogKeeperOptions {
  stateDir: string
  clock: Clock
  log: Log
  /** The instances that write at the moment. */
  running(): Iterable<InstanceSpec>
}

export interface LogKeeper {
  /** What a pod's container wrote; undefined when nothing is kept of it. */
  read(namespace: string, pod: string, options: LogOptions): AsyncIterable<Buffer> | undefined
  /** An instance of the namespace has ended: of those, only the newest logs stay. */
  ended(namespace: string): Promise<void>
  stop(): void
}

/** A disk without room is told to the log, and keeps nobody from running. */
export function createLogKeeper({ stateDir, clock, log, running }: LogKeeperOptions): LogKeeper {
  const sizes = createLogSizes(clock)
  const noRoom = (error: unknown) => log('warn', 'logs cannot be tidied', { error: messageOf(error) })

  async function tidy(): Promise<void> {
    const files = [...running()].flatMap(spec => logFilesOf(stateDir, spec))
    sizes.note(files)
    for (const file of files) await rotate(file)
  }
  const rotation = clock.every(rotationMs, () => void tidy().catch(noRoom))

  return {
    read: (namespace, pod, options) => readLogs(stateDir, namespace, pod, options, sizes.of),
    async ended(namespace) {
      const names = new Set([...running()].map(({ name }) => name))
      await prune(join(stateDir, 'logs', namespace), names).catch(noRoom)
    },
    stop: () => rotation.cancel(),
  }
}

function logFilesOf(stateDir: string, { namespace, name, pod }: InstanceSpec): string[] {
  return pod.containers.map((one, index) => logFile(stateDir, namespace, name, containerName(one, index)))
}

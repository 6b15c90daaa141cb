// One running container: its process, where it is reached, and what its end means.
import { renameSync } from 'node:fs'
import type { InstanceAddress, InstanceFailure, InstanceSpec } from '../seams/instances.ts'
import { needsFreshProcess } from './env/container-env.ts'
import { findProgram } from './images/image-map.ts'
import type { ImageStore } from './images/store.ts'
import { logFile, makeLogPlace, terminationMessage } from './logs/log-files.ts'
import type { ContainerPlan } from './plan.ts'
import type { Pool } from './pool/pool.ts'
import type { Assignment } from './pool/protocol.ts'
import type { Guard } from './process/guard.ts'
import { type Exit, spawnProcess } from './process/spawn.ts'
import { failed } from './types.ts'

export interface RunningContainer {
  readonly plan: ContainerPlan
  readonly pid: number
  readonly address: InstanceAddress
  /** Resolves once it makes sense to probe: at once for programs, when it listens for functions. */
  readonly listening: Promise<void>
  readonly exited: Promise<Exit>
  readonly logFile: string
  terminate(): void
  kill(): void
}

export interface ContainerContext {
  pool: Pool
  guard: Guard
  store: ImageStore
  stateDir: string
  projectDir: string
  /** Folders whose node_modules hold the drivers. */
  roots: string[]
  /** A path for a new socket, short enough for every system. */
  socketPath(): string
}

/** Starts what was planned. Rejects with `SpawnFailed` when that cannot be run at all. */
export function startContainer(
  plan: ContainerPlan,
  spec: InstanceSpec,
  context: ContainerContext,
): Promise<RunningContainer> {
  return plan.run.kind === 'function'
    ? startFunction(plan, plan.run.args, spec, context)
    : startProgram(plan, plan.run.command, spec, context)
}

async function startFunction(
  plan: ContainerPlan,
  args: string[],
  spec: InstanceSpec,
  context: ContainerContext,
): Promise<RunningContainer> {
  const { pool, store, projectDir, roots } = context
  const fresh = args.length > 0 || plan.mount.length > 0 || needsFreshProcess(plan.env)
  const child = await (fresh ? pool.fresh(plan.env, plan.mount) : pool.take())
  const path = context.socketPath()
  const bundle = store.bundlePath(plan.digest)
  const assignment: Assignment = {
    bundle,
    codeCache: `${bundle}.cache`,
    env: plan.env,
    args,
    cwd: plan.cwd,
    listen: { path },
    graceMs: spec.graceMs,
    projectDir,
    roots,
  }
  child.assign(assignment)
  // The process works already: moving its log costs the request nothing.
  const log = logFile(context.stateDir, spec.namespace, spec.name, plan.name)
  makeLogPlace(log)
  renameSync(child.logFile, log)
  return { ...child, plan, logFile: log, address: { path } }
}

async function startProgram(
  plan: ContainerPlan,
  [command = '', ...args]: string[],
  spec: InstanceSpec,
  context: ContainerContext,
): Promise<RunningContainer> {
  const found = findProgram(command, plan.cwd, plan.env.PATH)
  // What is not among the machine's files may be among the mounts: there the shell that makes them tells.
  if (found === undefined && plan.mount.length === 0)
    throw failed(
      'SpawnFailed',
      `cannot run "${command}" of image ${plan.container.image}: no such program in ${plan.cwd} or on PATH`,
    )
  const log = logFile(context.stateDir, spec.namespace, spec.name, plan.name)
  makeLogPlace(log)
  const [program = '', ...words] = [...plan.mount, ...plan.asUser, found ?? command, ...args]
  const child = spawnProcess(
    { command: program, args: words, cwd: plan.cwd, env: plan.env, logFile: log },
    context.guard,
  )
  const address = { host: '127.0.0.1', port: plan.port ?? plan.containerPort }
  return { ...child, plan, logFile: log, address, listening: Promise.resolve() }
}

/** What Kubernetes would report of a container that ended. */
export function exitFailure(container: RunningContainer, exit: Exit, killedForMemory: boolean): InstanceFailure {
  const message = terminationMessage(container.logFile)
  if (killedForMemory) return { reason: 'OOMKilled', message, exitCode: 137 }
  return { reason: `ExitCode${exit.code}`, message, exitCode: exit.code }
}

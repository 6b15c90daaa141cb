// What the runner promises and what it asks for: instances as serving sees them, and the callbacks that reach the objects.
import type { PodSpec } from '../api/core/pod-spec.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'

export type InstanceAddress = { path: string } | { host: string; port: number }

/** Why an instance is no more, or never came to be. */
export interface InstanceFailure {
  /** As Kubernetes says it: `ExitCode3`, `OOMKilled`, `ImageNotFound`, `CreateContainerConfigError`, `SpawnFailed`. */
  reason: string
  /** The last log lines, or what went wrong. */
  message: string
  exitCode?: number
}

export interface InstanceSpec {
  /** The pod's name. */
  name: string
  namespace: string
  revision: string
  configuration: string
  /** Empty when the Configuration belongs to no Service. */
  service: string
  labels: Readonly<Record<string, string>>
  annotations: Readonly<Record<string, string>>
  pod: PodSpec
  /** Digest references in the order of the containers, from `resolve`. */
  digests: readonly string[]
  /** How long SIGTERM may take before SIGKILL, in milliseconds. */
  graceMs: number
}

export interface Instance {
  readonly name: string
  /** Resolves with the address once every readiness probe passed; rejects with `InstanceFailed`. */
  readonly ready: Promise<InstanceAddress>
  /** Resolves when every process is gone, with the failure unless it was stopped on purpose. */
  readonly gone: Promise<InstanceFailure | undefined>
  /** Tells, once it is ready, when its readiness probe begins to fail and when it passes again. */
  onReadiness(listener: (ready: boolean) => void): void
  /** SIGTERM, then SIGKILL after the grace period; resolves when the processes are gone. */
  stop(): Promise<void>
  /** SIGKILL now. */
  kill(): void
  /** Its containers that have a process. */
  containers(): readonly ContainerView[]
}

/** A running container as those see it who look into it from outside. */
export interface ContainerView {
  name: string
  pid: number
  env: Readonly<Record<string, string>>
  cwd: string
  /** The words that put a further command into its mounts; empty when it has none. */
  enter: readonly string[]
}

export class InstanceFailed extends Error {
  readonly failure: InstanceFailure

  constructor(failure: InstanceFailure) {
    super(failure.message)
    this.name = 'InstanceFailed'
    this.failure = failure
  }
}

/** An `InstanceFailed` in one call: `reason` as Kubernetes says it, `message` for the user. */
export function failed(reason: string, message: string): InstanceFailed {
  return new InstanceFailed({ reason, message })
}

/** The failure in anything thrown; what is no `InstanceFailed` is reported under `reason`. */
export function failureOf(error: unknown, reason: string): InstanceFailure {
  if (error instanceof InstanceFailed) return error.failure
  return { reason, message: error instanceof Error ? error.message : String(error) }
}

/** The data of a ConfigMap or Secret (a Secret's values already decoded); undefined when there is none. */
export type Lookup = (
  kind: 'ConfigMap' | 'Secret',
  namespace: string,
  name: string,
) => Readonly<Record<string, string>> | undefined

/** What the runtime adds to an instance's environment; `release` is called when the instance is gone. */
export interface ExtraEnv {
  env: Readonly<Record<string, string>>
  release?(): void
}

export interface RunnerOptions {
  /** The folder that holds `functions/`. Absolute. */
  projectDir: string
  /** Where images and logs are kept. Absolute; made when missing. */
  stateDir: string
  /** The image map: which program stands for an image that is not built from the project. */
  imagesFile?: string
  /** Processes kept booted for functions. */
  poolSize?: number
  /** The module that serves a function: `serve(module, { listen, env })`. Absolute. */
  serveModule: string
  clock?: Clock
  log?: Log
  lookup?: Lookup
  extraEnv?(spec: InstanceSpec): ExtraEnv
}

// What the runner needs: its options, and the callbacks that reach the objects.
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import { type Instance, InstanceFailed, type InstanceSpec } from '../seams/instances.ts'

/** An instance as the runner keeps it. */
export interface RunningInstance extends Instance {
  onReadiness(listener: (ready: boolean) => void): void
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

/** An `InstanceFailed` in one call: `reason` as Kubernetes says it, `message` for the user. */
export function failed(reason: string, message: string): InstanceFailed {
  return new InstanceFailed({ reason, message })
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

// Instances of a revision as handles, and images by digest: serving asks for them, the runner has them.
import type { PodSpec } from '../api/core/pod-spec.ts'
import { messageOf } from '../kernel/errors.ts'

export type InstanceAddress = { path: string } | { host: string; port: number }

/** Why an instance is no more, or never came to be. */
export interface InstanceFailure {
  /** As Kubernetes says it: `ExitCode3`, `OOMKilled`, `ImageNotFound`, `ProbeFailed`, `SpawnFailed`. */
  reason: string
  /** The last log lines, or what went wrong. */
  message: string
  exitCode?: number
}

export interface InstanceSpec {
  /** The pod's name: `hello-00001-deployment-57c7cd548-jvmhx`. */
  name: string
  namespace: string
  revision: string
  configuration: string
  /** Empty when the Configuration belongs to no Service. */
  service: string
  labels: Readonly<Record<string, string>>
  annotations: Readonly<Record<string, string>>
  /** As in the revision, defaults filled in: one container or more, the first with ports serves. */
  pod: PodSpec
  /** Digest references in the order of the containers, from `resolve`. */
  digests: readonly string[]
  /** How long SIGTERM may take before SIGKILL: the revision's timeoutSeconds. In milliseconds. */
  graceMs: number
}

export interface Instance {
  readonly name: string
  /** Resolves with the address once the readiness probe passed; rejects with `InstanceFailed`. */
  readonly ready: Promise<InstanceAddress>
  /** Resolves when the process is gone, with its failure unless it was stopped on purpose. */
  readonly gone: Promise<InstanceFailure | undefined>
  /** Tells, once it is ready, when its readiness probe begins to fail and when it passes again. */
  onReadiness?(listener: (ready: boolean) => void): void
  /** SIGTERM, then SIGKILL after the grace period; resolves when the process is gone. In-flight requests finish first. */
  stop(): Promise<void>
  /** SIGKILL now. */
  kill(): void
}

export class InstanceFailed extends Error {
  readonly failure: InstanceFailure

  constructor(failure: InstanceFailure) {
    super(failure.message)
    this.name = 'InstanceFailed'
    this.failure = failure
  }
}

/** The failure in anything thrown; what is no `InstanceFailed` is reported under `reason`. */
export function failureOf(error: unknown, reason: string): InstanceFailure {
  return error instanceof InstanceFailed ? error.failure : { reason, message: messageOf(error) }
}

export interface Instances {
  /** The digest reference of an image (`dev.local/x/y@sha256:…`), building it first if need be. Rejects with `InstanceFailed`. */
  resolve(image: string): Promise<string>
  /** Starts an instance; returns at once. */
  start(spec: InstanceSpec): Instance
  /** A hint that instances of this revision are likely needed within milliseconds. */
  expect?(count: number): void
}

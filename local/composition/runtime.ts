// What a running system is to those who start it: its options, its handle, and what it says of itself.
import type { GroupKind, KubeObject } from '../kernel/object.ts'
import type { ServiceStatus } from './status.ts'

export interface RuntimeOptions {
  /** The folder with functions/, knative/, istio/, eventing/. */
  projectDir: string
  stateDir: string
  /** False boots with the system objects alone. */
  apply: boolean
  /** Starts from the YAML alone: what was stored is dropped. */
  fresh: boolean
  /** Repoints the latest revision of a function whose source changed. */
  watch: boolean
  /** Makes every draw of the runtime repeatable. */
  seed?: number
  imagesFile?: string
  /** Booted processes kept ready for cold starts. */
  poolSize: number
  /** Gateway port → local port; what is not named follows the contract (80 → 8080, N → N, below 1024 N + 8000). */
  gatewayPorts: Readonly<Record<number, number>>
  /** One short sentence each step, for a terminal. */
  progress(step: string): void
}

/** A running system. */
export interface Runtime {
  /** Local ports by gateway port: `{ 80: 8080 }`. */
  ports: Readonly<Record<number, number>>
  /** The objects of a kind, by namespace and name. */
  objects<T extends KubeObject>(kind: GroupKind): T[]
  /** What `GET /skiff/status` answers. */
  status(): RuntimeStatus
  /** Resolves when every applied object is Ready; rejects with what is not and why. */
  ready(): Promise<void>
  /** Drains and ends everything the runtime started. */
  stop(): Promise<void>
  /** Resolves once the runtime has stopped, whoever asked for it. */
  stopped: Promise<void>
}

export interface RuntimeStatus {
  pid: number
  startedAt: string
  project: string
  /** Local ports by gateway port. */
  ports: Record<string, number>
  /** Where Prometheus finds them: `http://127.0.0.1:15020/metrics`. */
  metrics: string
  ready: boolean
  services: ServiceStatus[]
}

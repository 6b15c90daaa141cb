// What pods use of the machine: the runner measures it, telemetry and the metrics API show it.

export interface ContainerUsage {
  name: string
  /** In cores: 0.25 is a quarter of one. */
  cpu: number
  /** Seconds of CPU since it started. */
  cpuSeconds: number
  /** Bytes. */
  memory: number
}

export interface PodUsage {
  namespace: string
  pod: string
  labels: Readonly<Record<string, string>>
  containers: readonly ContainerUsage[]
  /** The time the CPU was averaged over, in milliseconds. */
  windowMs: number
}

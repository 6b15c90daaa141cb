// Who calls: the identity of an instance or of a program started by `skiff run`, for the mesh's rules and for telemetry.

export interface Identity {
  namespace: string
  serviceAccount: string
  /** Labels of the workload, as sourceLabels see them. */
  labels: Readonly<Record<string, string>>
  /** The workload's name for logs and telemetry: the pod. */
  name: string
}

// Who calls: the identity of an instance or of a program started by `skiff run`.

export interface Identity {
  namespace: string
  serviceAccount: string
  /** Labels of the workload, as sourceLabels see them. */
  labels: Readonly<Record<string, string>>
  /** The workload's name for logs and telemetry: the pod. */
  name: string
}

/** `spiffe://cluster.local/ns/<ns>/sa/<sa>` */
export function spiffeId(identity: Identity): string {
  return `spiffe://cluster.local/ns/${identity.namespace}/sa/${identity.serviceAccount}`
}

/** Kept out of the mesh by its label, as Istio's injection reads it: it finds services by name alone. */
export function hasSidecar({ labels }: Identity): boolean {
  return labels['sidecar.istio.io/inject'] !== 'false'
}

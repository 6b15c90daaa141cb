// What an identity means in the mesh: its name in certificates, and whether it has a sidecar.
import type { Identity } from '../seams/identity.ts'

/** `spiffe://cluster.local/ns/<ns>/sa/<sa>` */
export function spiffeId(identity: Identity): string {
  return `spiffe://cluster.local/ns/${identity.namespace}/sa/${identity.serviceAccount}`
}

/** Kept out of the mesh by its label, as Istio's injection reads it: it finds services by name alone. */
export function hasSidecar({ labels }: Identity): boolean {
  return labels['sidecar.istio.io/inject'] !== 'false'
}

// Sidecar: what the proxies of some workloads may reach.
import { networkingKind } from '../istio-kind.ts'

export const sidecarKind = networkingKind({ kind: 'Sidecar', plural: 'sidecars' })

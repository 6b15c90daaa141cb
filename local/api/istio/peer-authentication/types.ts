// PeerAuthentication as Istio 1.29 defines it.
import type { KubeObject } from '../../../kernel/object.ts'
import type { PolicySelector } from '../fields/types.ts'

export interface PeerAuthentication extends KubeObject {
  spec?: PeerAuthenticationSpec
}

export interface PeerAuthenticationSpec {
  selector?: PolicySelector
  mtls?: MutualTls
  /** By the workload's port; needs a selector. */
  portLevelMtls?: Record<string, MutualTls>
}

export interface MutualTls {
  /** UNSET, the default, inherits; PERMISSIVE where nothing is set at all. */
  mode?: 'UNSET' | 'DISABLE' | 'PERMISSIVE' | 'STRICT'
}

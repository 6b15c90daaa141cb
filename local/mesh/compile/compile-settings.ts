// What compiling needs besides objects: mesh-wide settings, and whom to tell what was not taken.
import type { MeshConfig } from './mesh-config.ts'

export interface CompileSettings extends Pick<MeshConfig, 'defaultRetries' | 'outboundPolicy' | 'rootNamespace'> {
  /** Told of what Istio drops or Envoy refuses, in words for a log. */
  onRefusal(refusal: Refusal): void
}

export interface Refusal {
  /** `gateway istio-system/gw, server https`, `port 80 of the gateway, all hosts`, … */
  where: string
  message: string
}

// ProxyConfig as Istio 1.29 defines it.
import type { KubeObject } from '../../../kernel/object.ts'
import type { PolicySelector } from '../fields/types.ts'

export interface ProxyConfig extends KubeObject {
  spec?: ProxyConfigSpec
}

export interface ProxyConfigSpec {
  selector?: PolicySelector
  concurrency?: number
  environmentVariables?: Record<string, string>
  image?: { imageType?: string }
}

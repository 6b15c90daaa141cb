// The ProxyConfig message.
import { policySelector } from '../fields/messages.ts'
import { int32, map, message, string } from '../proto/message.ts'
import type { ProxyConfigSpec } from './types.ts'

const networking = 'istio.networking.v1beta1'

export const proxyConfigMessage = message<ProxyConfigSpec>(`${networking}.ProxyConfig`, {
  selector: policySelector,
  concurrency: int32,
  environmentVariables: map(string),
  image: message<{ imageType?: string }>(`${networking}.ProxyImage`, { imageType: string }),
})

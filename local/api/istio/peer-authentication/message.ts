// The PeerAuthentication message.
import { policySelector } from '../fields/messages.ts'
import { message, numberedMap, oneOf } from '../proto/message.ts'
import type { MutualTls, PeerAuthenticationSpec } from './types.ts'

const authentication = 'istio.security.v1beta1.PeerAuthentication'

const mutualTls = message<MutualTls>(`${authentication}.MutualTLS`, {
  mode: oneOf(`${authentication}.MutualTLS.Mode`, 'UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT'),
})

export const peerAuthenticationMessage = message<PeerAuthenticationSpec>(authentication, {
  selector: policySelector,
  mtls: mutualTls,
  portLevelMtls: numberedMap(mutualTls),
})

// PeerAuthentication: whether callers must speak mutual TLS.
import { securityKind, text } from '../istio-kind.ts'

export const peerAuthenticationKind = securityKind({
  kind: 'PeerAuthentication',
  plural: 'peerauthentications',
  shortNames: ['pa'],
  columns: [text('Mode', '.spec.mtls.mode', 'The mode of mutual TLS')],
})

// PeerAuthentication: whether callers must speak mutual TLS.
import { securityKind, text } from '../istio-kind.ts'
import { peerAuthenticationMessage } from './message.ts'
import { peerAuthenticationFindings } from './validate.ts'

export const peerAuthenticationKind = securityKind({
  kind: 'PeerAuthentication',
  plural: 'peerauthentications',
  shortNames: ['pa'],
  columns: [text('Mode', '.spec.mtls.mode', 'The mode of mutual TLS')],
  message: peerAuthenticationMessage,
  findings: peerAuthenticationFindings,
})

// VirtualService: which requests go where.
import { networkingKind, text } from '../istio-kind.ts'
import { virtualServiceMessage } from './message.ts'
import { virtualServiceFindings } from './validate.ts'

export const virtualServiceKind = networkingKind({
  kind: 'VirtualService',
  plural: 'virtualservices',
  shortNames: ['vs'],
  columns: [
    text('Gateways', '.spec.gateways', 'The gateways and sidecars these routes apply to'),
    text('Hosts', '.spec.hosts', 'The hosts requests are sent to'),
  ],
  message: virtualServiceMessage,
  findings: virtualServiceFindings,
})

// DestinationRule: what holds for a host once it is chosen: subsets, load balancing, connection limits.
import { networkingKind, text } from '../istio-kind.ts'
import { destinationRuleMessage } from './message.ts'
import { destinationRuleFindings } from './validate.ts'

export const destinationRuleKind = networkingKind({
  kind: 'DestinationRule',
  plural: 'destinationrules',
  shortNames: ['dr'],
  columns: [text('Host', '.spec.host', 'A service of the registry')],
  message: destinationRuleMessage,
  findings: destinationRuleFindings,
})

// The status of a Broker: its address, what its class says, and the conditions Knative's controller writes.
import type { Broker } from '../../api/eventing/types.ts'
import { type Finding, settleConditions } from '../../kernel/conditions.ts'
import type { Holding } from '../broker-class.ts'
import type { Resolved } from './destination.ts'
import { brokerUrl } from './destination.ts'

export interface BrokerFacts {
  /** Undefined: it has no dead-letter sink. */
  sink: Resolved | undefined
  /** The names of the conditions its class states. */
  conditions: readonly string[]
  holding: Holding
}

export const sinkNotConfigured: Finding = {
  status: 'True',
  reason: 'DeadLetterSinkNotConfigured',
  message: 'No dead letter sink is configured.',
}

/**
 * The status of `broker`. A dead-letter sink that cannot be resolved ends the reconciliation, so a new broker gets no
 * address then and an old one keeps its own.
 */
export function brokerStatus(broker: Broker, facts: BrokerFacts, now: number): NonNullable<Broker['status']> {
  const { name, namespace = '' } = broker.metadata
  const { sink, conditions, holding } = facts
  const set = { happy: 'Ready', dependents: ['Addressable', ...conditions], info: ['DeadLetterSinkResolved'] }
  const isLost = sink !== undefined && 'error' in sink
  const address = isLost ? broker.status?.address : { name: 'http', url: brokerUrl(namespace, name) }
  const found = isLost ? beforeAddress(holding.findings) : { ...holding.findings, Addressable: ready }
  return {
    ...(address ? { address } : {}),
    ...(holding.annotations ? { annotations: holding.annotations } : {}),
    conditions: settleConditions(
      set,
      broker.status?.conditions,
      { ...found, DeadLetterSinkResolved: sinkFinding(sink) },
      now,
    ),
    ...(sink && 'url' in sink ? { deadLetterSinkUri: sink.url } : {}),
    observedGeneration: broker.metadata.generation ?? 1,
  }
}

const ready: Finding = { status: 'True' }

// Policies are looked at last.
function beforeAddress({ EventPoliciesReady: _later, ...found }: Holding['findings']): Holding['findings'] {
  return found
}

/** What is found out about a dead-letter sink, of a broker or a trigger. */
export function sinkFinding(sink: Resolved | undefined): Finding {
  if (!sink) return sinkNotConfigured
  if ('url' in sink) return { status: 'True' }
  return { status: 'False', reason: "Unable to get the dead letter sink's URI", message: sink.error }
}

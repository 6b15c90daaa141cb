// What a Broker of the class says of itself: the conditions of Knative's class, as far as they have a meaning here.
import type { Broker } from '../../api/eventing/types.ts'
import type { Finding } from '../../kernel/conditions.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { resolveDestination } from '../reconcile/destination.ts'
import type { ServerState } from './server.ts'

/** Besides Addressable (eventing-rabbitmq pkg/reconciler/broker). */
export const conditions = ['DLXReady', 'DeadLetterSinkReady', 'ExchangeReady', 'IngressReady', 'SecretReady']

export type Standing = { error: string } | { server: string; state: ServerState; refusal: string | undefined }

const ready: Finding = { status: 'True' }
const noSink: Finding = {
  status: 'True',
  reason: 'DeadLetterSinkNotConfigured',
  message: 'No dead letter sink is configured.',
}

/** The findings of a broker whose configuration or server stands so. */
export function findingsOf(broker: Broker, store: ObjectStore, standing: Standing): Record<string, Finding> {
  if ('error' in standing) {
    const message = `Failed to get arguments for creating exchange: ${standing.error}`
    return { ExchangeReady: { status: 'False', reason: 'ExchangeCredentialsUnavailable', message } }
  }
  const sink = broker.spec.delivery?.deadLetterSink
  return {
    ExchangeReady: exchangeFinding(standing),
    DLXReady: sink ? ready : noSink,
    DeadLetterSinkReady: sink ? sinkFinding(resolveDestination(store, sink, broker.metadata.namespace ?? '')) : noSink,
    IngressReady: ready,
    SecretReady: ready,
  }
}

function exchangeFinding({ server, state, refusal }: Exclude<Standing, { error: string }>): Finding {
  if (state.up && refusal === undefined) return ready
  if (state.up) return failed(`RabbitMQ at ${server} refuses it: ${refusal}`)
  if (state.why !== undefined) return failed(`RabbitMQ at ${server} cannot be used: ${state.why}`)
  return { status: 'Unknown', reason: 'Connecting', message: `connecting to RabbitMQ at ${server}` }
}

const failed = (message: string): Finding => ({ status: 'False', reason: 'ExchangeFailure', message })

function sinkFinding(resolved: ReturnType<typeof resolveDestination>): Finding {
  if ('url' in resolved) return ready
  return { status: 'False', reason: "Unable to get the DeadLetterSink's URI", message: resolved.error }
}

// Knative Eventing's metrics: how long brokers took to accept events, and triggers to deliver them (Knative 1.23).

import type { FinishedRequest } from '../../seams/finished-request.ts'
import { type Attempt, dotted, type EventObserver, type LoggedEvent } from '../events.ts'
import { headerOf } from '../request.ts'
import type { Family, Labels } from './family.ts'
import { Histogram, knativeBuckets } from './histogram.ts'

export class EventMetrics implements EventObserver {
  readonly #dispatches = new Map<string, { labels: Labels; durations: Histogram }>()

  /** A request to the brokers' ingress is over; the path names the broker. */
  received({ target, status, durationMs, headers }: FinishedRequest): void {
    const [, namespace, name] = /^\/([^/?]+)\/([^/?]+)/.exec(target) ?? []
    // Whatever else is sent to the ingress names no broker, and any number of paths.
    if (!namespace || !name || status === 404) return
    const to = { messaging_destination_name: `broker:${name}.${namespace}`, messaging_operation_name: 'send' }
    const type = headerOf(headers, 'ce-type') ?? ''
    this.#observe({ ...brokerLabels(`${namespace}/${name}`, type, status), ...to }, durationMs)
  }

  arrived(): void {}

  tried(
    _key: string,
    consumer: string,
    { status, ms, deadLetter }: Attempt,
    { broker, logged }: { broker: string; logged: LoggedEvent },
  ): void {
    const kind = broker.startsWith('channel:') ? 'subscription' : 'trigger'
    const to = { messaging_destination_name: `${kind}:${dotted(consumer)}`, messaging_operation_name: 'send' }
    const sink: Labels = deadLetter ? { kn_sink_kind: 'dead-letter-sink' } : {}
    this.#observe({ ...brokerLabels(broker, logged.event.attributes.type ?? '', status), ...to, ...sink }, ms)
  }

  families(): Family[] {
    const points = Array.from(this.#dispatches.values(), ({ labels, durations }) => durations.points(labels)).flat()
    const help = 'How long it took to accept an event, or to give it to a subscriber.'
    return [{ name: 'kn_eventing_dispatch_duration_seconds', help, type: 'histogram', points }]
  }

  #observe(labels: Labels, ms: number): void {
    const key = JSON.stringify(labels)
    let one = this.#dispatches.get(key)
    if (!one) {
      one = { labels, durations: new Histogram(knativeBuckets) }
      this.#dispatches.set(key, one)
    }
    one.durations.observe(ms / 1_000)
  }
}

function brokerLabels(key: string, type: string, status: number): Labels {
  const channel = /^channel:(.*)/.exec(key)?.[1]
  const [namespace = '', name = ''] = (channel ?? key).split('/')
  const names: Labels =
    channel === undefined
      ? { kn_broker_name: name, kn_broker_namespace: namespace }
      : { kn_channel_name: name, kn_channel_namespace: namespace }
  return { ...names, cloudevents_type: type, http_response_status_code: String(status), messaging_system: 'knative' }
}

// Spans of brokers and triggers, made of the steps that eventing notes.
import type { Span } from '../contract.ts'
import { type Attempt, dotted, type EventObserver, type LoggedEvent } from '../events.ts'
import { headerOf } from '../request.ts'
import { eventIdTag, type Trace } from './trace-ring.ts'
import type { Tracer } from './tracer.ts'

export interface EventSpansOptions {
  tracer: Pick<Tracer, 'add' | 'beginTrace' | 'traceOf'>
  find(id: string): Trace | undefined
  now(): number
}

/** An observer that adds a span for each event a broker or channel took, and for each try to deliver it. */
export function eventSpans({ tracer, find, now }: EventSpansOptions): EventObserver {
  return {
    arrived(_key, broker, logged) {
      const at = now()
      const known = tracer.traceOf(logged.headers)
      const traceId = known?.id ?? untraced(logged, () => tracer.beginTrace(at, partsOf(broker).namespace))
      if (traceId === undefined) return
      const parent = known?.spans.findLast(span => isRequestTo(span, broker))
      const parentId = (parent ?? known?.spans[0])?.spanId
      tracer.add({
        ...{ traceId, ...(parentId ? { parentId } : {}), ...brokerNames(broker), kind: 'producer' },
        ...{ start: parent?.start ?? at, end: at, attributes: eventAttributes(logged) },
      })
    },
    tried(_key, consumer, attempt, { broker, logged }) {
      const trace = find(logged.event.attributes.id ?? '')
      const taken = trace?.spans.findLast(
        one => one.kind === 'producer' && one.attributes[eventIdTag] === logged.event.attributes.id,
      )
      if (!trace || !taken) return
      const end = now()
      const own = tracer.add({
        ...{ traceId: trace.id, parentId: taken.spanId, ...triggerNames(broker, consumer), kind: 'consumer' },
        ...{ start: end - attempt.ms, end, attributes: attemptAttributes(attempt) },
        ...(attempt.next === 'done' || attempt.next === 'replied' ? {} : { failed: true }),
      })
      adopt(trace, own, logged.event.attributes, attempt)
    },
  }
}

/** The try is known when it is over: only now the requests that it made come below its span. */
function adopt(trace: Trace, own: Span, { id = '' }: { id?: string }, { to }: Attempt): void {
  const host = /^https?:\/\/([^/]+)/.exec(to)?.[1] ?? ''
  const tries = new Set(trace.spans.filter(({ kind }) => kind === 'consumer').map(({ spanId }) => spanId))
  for (const span of trace.spans) {
    const carries = span.kind === 'client' && span.attributes[eventIdTag] === id && span.name.includes(` ${host}`)
    if (carries && !tries.has(span.parentId ?? '') && span.start >= own.start - slackMs) span.parentId = own.spanId
  }
}

/** The clock of a try counts whole milliseconds. */
const slackMs = 1

/** An event with a request id comes of a chain that is not kept: it begins no trace of its own. */
function untraced({ headers }: LoggedEvent, begin: () => string | undefined): string | undefined {
  return headerOf(headers, 'x-request-id') === undefined ? begin() : undefined
}

function isRequestTo({ name, kind }: Span, broker: string): boolean {
  return kind === 'client' && name.replace(/\/$/, '').endsWith(`/${partsOf(broker).key}`)
}

function partsOf(broker: string): { channel: boolean; key: string; namespace: string } {
  const channel = broker.startsWith('channel:')
  const key = channel ? broker.slice('channel:'.length) : broker
  return { channel, key, namespace: key.split('/')[0] ?? '' }
}

function brokerNames(broker: string): Pick<Span, 'service' | 'namespace' | 'name'> {
  const { channel, key, namespace } = partsOf(broker)
  const service = channel ? 'channel' : 'broker'
  return { service, namespace, name: `${service}:${dotted(key)}` }
}

function triggerNames(broker: string, consumer: string): Pick<Span, 'service' | 'namespace' | 'name'> {
  const { channel, namespace } = partsOf(broker)
  const service = channel ? 'subscription' : 'trigger'
  return { service, namespace, name: `${service}:${dotted(consumer)}` }
}

function eventAttributes({ event }: LoggedEvent): Span['attributes'] {
  const { id = '', type = '', source = '' } = event.attributes
  return { [eventIdTag]: id, 'cloudevents.type': type, 'cloudevents.source': source, 'messaging.system': 'knative' }
}

function attemptAttributes({ to, status, next, deadLetter }: Attempt): Span['attributes'] {
  return {
    ...{ 'messaging.system': 'knative', 'http.url': to, 'http.status_code': status, next },
    ...(deadLetter ? { 'kn.sink.kind': 'dead-letter-sink' } : {}),
  }
}

// PingSources: an event to the sink at every moment the schedule names.
import { parseSchedule } from '../../api/sources/cron.ts'
import { type PingSource, sources } from '../../api/sources/types.ts'
import type { Clock, Timer } from '../../kernel/clock.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import type { CloudEvent } from '../cloudevents/event.ts'
import { type KindController, keyOf } from '../reconcile/controllers.ts'
import { nextTime } from './cron-times.ts'
import type { Emit } from './emit.ts'
import { refersToSink, sinkOf, sourceStatus } from './source-status.ts'

const eventType = 'dev.knative.sources.ping'
const conditions = ['Deployed', 'OIDCIdentityCreated', 'SinkProvided']
// Timers hold no more than 24 days; an earlier look does no harm.
const longestWaitMs = 24 * 60 * 60 * 1_000

interface Ticking {
  spec: string
  sink: string
  timer: Timer | undefined
}

export function pingSourceController(store: ObjectStore, clock: Clock, emit: Emit): KindController<PingSource> {
  const ticking = new Map<string, Ticking>()
  const stop = (key: string) => {
    ticking.get(key)?.timer?.cancel()
    ticking.delete(key)
  }
  return {
    kind: sources.ping,
    reconcile(source) {
      const sink = sinkOf(store, source)
      const status = sourceStatus(source, sink, { Deployed: { status: 'True' } }, conditions, clock.now())
      const ceAttributes = [{ type: eventType, source: sourceOf(source) }]
      store.updateStatus({ ...source, status: 'url' in sink ? { ceAttributes, ...status } : status })
      if ('error' in sink) return stop(keyOf(source))
      // A status that changed is no reason to count anew.
      const spec = JSON.stringify(source.spec)
      const current = ticking.get(keyOf(source))
      if (current?.spec === spec && current.sink === sink.url) return
      stop(keyOf(source))
      const entry: Ticking = { spec, sink: sink.url, timer: undefined }
      ticking.set(keyOf(source), entry)
      tick(source, entry)
    },
    gone: stop,
    concerns: refersToSink,
    stop() {
      for (const key of [...ticking.keys()]) stop(key)
    },
  }

  function tick(source: PingSource, entry: Ticking): void {
    const { schedule, timezone } = source.spec
    const due = nextTime(parseSchedule(schedule), clock.now(), timezone || undefined)
    if (due === undefined) return
    wait(source, entry, due)
  }

  function wait(source: PingSource, entry: Ticking, due: number): void {
    const ms = due - clock.now()
    const isLong = ms > longestWaitMs
    entry.timer = clock.after(isLong ? longestWaitMs : ms, () => {
      // A timer may ring early, or the machine may have slept.
      if (isLong || clock.now() < due) return wait(source, entry, due)
      void emit(`pingsource ${keyOf(source)}`, source.metadata.namespace ?? '', entry.sink, eventOf(source))
      tick(source, entry)
    })
  }
}

const sourceOf = ({ metadata: { namespace, name } }: PingSource) =>
  `/apis/v1/namespaces/${namespace}/pingsources/${name}`

function eventOf(source: PingSource): CloudEvent {
  const { contentType, data, dataBase64, ceOverrides } = source.spec
  const bytes = dataBase64 ? Buffer.from(dataBase64, 'base64') : data ? Buffer.from(data) : undefined
  return {
    attributes: {
      source: sourceOf(source),
      type: eventType,
      ...(bytes && contentType ? { datacontenttype: contentType } : {}),
      ...ceOverrides?.extensions,
    },
    data: bytes,
  }
}

// Keeps the Events of each namespace: what is told again is counted, what is old or too much is dropped.
import { createHash } from 'node:crypto'
import { core, type Event } from '../../api/core/types.ts'
import type { Clock, Timer } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import { timestamp } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { type Told, tellings } from './story.ts'

export interface RecorderOptions {
  store: ObjectStore
  clock: Clock
  log: Log
}

/** Written together once nothing more was told for a moment: neither a request nor a start waits for this. In milliseconds. */
const quietMs = 50
/** However much is told, not later than this. In milliseconds. */
const longestMs = 1_000
/** As the API server keeps them: an hour. */
const keptMs = 3_600_000
/** Beyond so many of a namespace the oldest go. */
const keptEvents = 500

/** Tells the story of Serving's objects from now on. Returns how to stop. */
export function recordEvents({ store, clock, log }: RecorderOptions): () => void {
  let waiting: { told: Told; at: number }[] = []
  let timer: Timer | undefined
  let dueAt = 0
  const flush = () => {
    const due = waiting
    waiting = []
    try {
      for (const { told, at } of due) record(store, told, at)
      for (const namespace of new Set(due.map(({ told }) => told.about.namespace))) drop(store, namespace, clock.now())
    } catch (error) {
      log('warn', 'events cannot be kept', { error: messageOf(error) })
    }
  }
  const unwatch = store.watch(change => {
    const told = tellings(change)
    if (told.length === 0) return
    const at = clock.now()
    if (waiting.length === 0) dueAt = at + longestMs
    waiting.push(...told.map(one => ({ told: one, at })))
    timer?.cancel()
    timer = clock.after(Math.max(0, Math.min(quietMs, dueAt - at)), flush)
  })
  return () => {
    unwatch()
    timer?.cancel()
  }
}

function record(store: ObjectStore, told: Told, now: number): void {
  const { about, type, reason, message, component } = told
  const { namespace } = about
  // Nobody is left to read what happened in a namespace that is gone.
  if (!store.get(core.namespace, '', namespace)) return
  const name = `${about.name}.${fingerprint(told)}`
  const found = store.get<Event>(core.event, namespace, name)
  const time = timestamp(now)
  if (found) {
    store.update({ ...found, count: (found.count ?? 1) + 1, lastTimestamp: time } as Event)
    return
  }
  const involvedObject = { ...about, ...resourceVersionOf(store, about) }
  const event: Event & Record<string, unknown> = {
    ...{ apiVersion: 'v1', kind: 'Event', metadata: { name, namespace } },
    ...{ involvedObject, type, reason, message, count: 1, firstTimestamp: time, lastTimestamp: time },
    ...{ source: { component }, reportingComponent: component, reportingInstance: '', eventTime: null },
  }
  store.create(event)
}

function resourceVersionOf(store: ObjectStore, { apiVersion, kind, namespace, name }: Told['about']): object {
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''
  const resourceVersion = store.get({ group, kind }, namespace, name)?.metadata.resourceVersion
  return resourceVersion ? { resourceVersion } : {}
}

/** The same of the same object is the same event. */
function fingerprint({ about, type, reason, message }: Told): string {
  const { fieldPath: _, ...subject } = about
  return createHash('sha1')
    .update(JSON.stringify([subject, type, reason, message]))
    .digest('hex')
    .slice(0, 16)
}

function drop(store: ObjectStore, namespace: string, now: number): void {
  const events = store.list<Event>(core.event, { namespace })
  const last = (event: Event) => Date.parse(event.lastTimestamp ?? event.metadata.creationTimestamp ?? '') || 0
  const newestFirst = [...events].sort((a, b) => last(b) - last(a))
  const old = newestFirst.filter((event, index) => index >= keptEvents || now - last(event) > keptMs)
  for (const { metadata } of old) store.delete({ ...core.event, namespace, name: metadata.name })
}

// Watches: changes as lines of JSON, from now on or replayed from a version in the past, with bookmarks between.
import type { ServerResponse } from 'node:http'
import type { Clock } from '../../kernel/clock.ts'
import { StatusError } from '../../kernel/errors.ts'
import { groupOf, type KubeObject } from '../../kernel/object.ts'
import type { StoreEvent } from '../../kernel/object-store.ts'
import type { Rendering } from '../http/rendering.ts'
import type { ObjectSource } from './object-source.ts'
import type { Scope } from './paging.ts'
import type { Selector } from './selectors.ts'
import { type WatchOptions, watchOptionsOf } from './watch-options.ts'

export interface WatchRequest {
  scope: Scope
  selector: Selector
  query: URLSearchParams
  rendering: Rendering
  /** What a bookmark shows: an object that has nothing but this metadata. */
  bookmark(metadata: Record<string, unknown>): unknown
}

/** What may wait for a slow reader before its connection is dropped: it can come back and replay. */
const mostUnread = 8 * 1024 * 1024

/** How often a client that takes bookmarks is told how far it has seen, in milliseconds. */
const bookmarkMs = 60_000

/** Writes events to `response` until the client leaves, the timeout ends, or the reader is too slow. */
export function watchObjects(
  source: ObjectSource,
  clock: Clock,
  request: WatchRequest,
  response: ServerResponse,
): void {
  const options = watchOptionsOf(request.query)
  const earlier = earlierEvents(source, request.scope, options)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  if (earlier instanceof StatusError) return void response.end(line('ERROR', earlier.toStatus()))
  const send = (event: StoreEvent) => {
    const seen = seenBy(request, event)
    if (seen) response.write(eventLine(seen, request.rendering))
  }
  const bookmark = (annotations?: Record<string, string>) =>
    response.write(line('BOOKMARK', request.bookmark(bookmarkMeta(source.version, annotations))))
  for (const event of earlier) send(event)
  if (options.sendInitialEvents) bookmark({ 'k8s.io/initial-events-end': 'true' })
  follow({ source, clock, response, send, bookmark, options })
}

interface Following {
  source: ObjectSource
  clock: Clock
  response: ServerResponse
  send(event: StoreEvent): void
  bookmark(): void
  options: WatchOptions
}

function follow({ source, clock, response, send, bookmark, options }: Following): void {
  // What a watch begins with is no backlog, however much it is.
  const most = response.writableLength + mostUnread
  const unwatch = source.watch(event => {
    send(event)
    if (response.writableLength > most) leave(() => response.destroy())
  })
  // Not at `close`, which waits for the reader: nothing may be written once the response has its end.
  const leave = (end: () => void) => {
    unwatch()
    timer?.cancel()
    bookmarks?.cancel()
    end()
  }
  const bookmarks = options.bookmarks ? clock.every(bookmarkMs, bookmark) : undefined
  const { timeoutMs } = options
  const timer = timeoutMs === undefined ? undefined : clock.after(timeoutMs, () => leave(() => response.end()))
  response.once('close', () => leave(() => {}))
}

/** The line written last: all who watch the same are told of a change one after another. */
let last: { type: string; object: KubeObject; form: string; text: string } | undefined

function eventLine({ type, object }: Pick<StoreEvent, 'type' | 'object'>, { form, one }: Rendering): string {
  if (last && last.object === object && last.type === type && last.form === form) return last.text
  const text = line(type, one(object))
  if (form !== undefined) last = { type, object, form, text }
  return text
}

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`
}

function bookmarkMeta(version: number, annotations?: Record<string, string>): Record<string, unknown> {
  return { resourceVersion: String(version), creationTimestamp: null, ...(annotations ? { annotations } : {}) }
}

/** The events to begin with: all objects as ADDED, or what happened since the version; Expired when that is forgotten. */
function earlierEvents(
  source: ObjectSource,
  { kind, namespace }: Scope,
  options: WatchOptions,
): StoreEvent[] | StatusError {
  if (options.from === 'everything') {
    const objects = source.list(kind, namespace === undefined ? {} : { namespace })
    return objects.map(object => ({ type: 'ADDED', object, version: source.version }))
  }
  if (options.from === 'now') return []
  const since = source.since(options.from)
  return since ?? new StatusError('Expired', `too old resource version: ${options.from} (${source.version})`)
}

/** The event as this watch sees it: an object that comes to match is ADDED, one that ceases to is DELETED. */
function seenBy({ scope, selector }: WatchRequest, event: StoreEvent): Pick<StoreEvent, 'type' | 'object'> | undefined {
  const { type, object, before } = event
  if (object.kind !== scope.kind.kind || groupOf(object.apiVersion) !== scope.kind.group) return undefined
  if (scope.namespace !== undefined && object.metadata.namespace !== scope.namespace) return undefined
  const matches = selector(object)
  if (type !== 'MODIFIED' || !before) return matches ? { type, object } : undefined
  const matched = selector(before)
  if (matches) return { type: matched ? 'MODIFIED' : 'ADDED', object }
  // As a cluster tells it: the state that matched last, at the version of the change.
  return matched ? { type: 'DELETED', object: atVersion(before, object) } : undefined
}

function atVersion(before: KubeObject, after: KubeObject): KubeObject {
  return { ...before, metadata: { ...before.metadata, resourceVersion: after.metadata.resourceVersion ?? '' } }
}

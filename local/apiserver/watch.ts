// Watches: changes as lines of JSON, from now on or replayed from a version in the past.
import type { ServerResponse } from 'node:http'
import type { Kind } from '../api/kind.ts'
import type { Clock } from '../kernel/clock.ts'
import { StatusError } from '../kernel/errors.ts'
import { groupOf, type KubeObject } from '../kernel/object.ts'
import type { ObjectStore, StoreEvent } from '../kernel/object-store.ts'
import type { Selector } from './selectors.ts'

export interface WatchRequest {
  kind: Kind
  /** All namespaces when left out. */
  namespace: string | undefined
  selector: Selector
  /** As the query has it; absent or `0` starts with what there is. */
  resourceVersion: string | null
  timeoutSeconds: string | null
  /** The object in the version the client asked for. */
  serve(object: KubeObject): KubeObject
}

/** What may wait for a slow reader before its connection is dropped: it can come back and replay. */
const mostUnread = 8 * 1024 * 1024

/** Writes events to `response` until the client leaves, the timeout ends, or the reader is too slow. */
export function watchObjects(store: ObjectStore, clock: Clock, request: WatchRequest, response: ServerResponse): void {
  const seconds = secondsOf(request.timeoutSeconds)
  const earlier = earlierEvents(store, request)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  if (earlier instanceof StatusError) {
    return void response.end(`${JSON.stringify({ type: 'ERROR', object: earlier.toStatus() })}\n`)
  }
  const send = (event: StoreEvent) => {
    const seen = seenBy(request, event)
    if (seen) response.write(`${JSON.stringify({ ...seen, object: request.serve(seen.object) })}\n`)
    if (response.writableLength > mostUnread) response.destroy()
  }
  const unwatch = store.watch(send)
  const timer = seconds === undefined ? undefined : clock.after(seconds * 1000, () => response.end())
  response.once('close', () => {
    unwatch()
    timer?.cancel()
  })
  for (const event of earlier) send(event)
}

/** The events to begin with: all objects as ADDED, or what happened since the version; Expired when that is forgotten. */
function earlierEvents(
  store: ObjectStore,
  { kind, namespace, resourceVersion }: WatchRequest,
): StoreEvent[] | StatusError {
  if (!resourceVersion || resourceVersion === '0') {
    const objects = store.list(kind, namespace === undefined ? {} : { namespace })
    return objects.map(object => ({ type: 'ADDED', object, version: store.version }))
  }
  if (!/^\d+$/.test(resourceVersion)) {
    throw new StatusError('BadRequest', `resourceVersion: Invalid value: "${resourceVersion}": must be a number`)
  }
  const since = store.since(Number(resourceVersion))
  return since ?? new StatusError('Expired', `too old resource version: ${resourceVersion} (${store.version})`)
}

/** The event as this watch sees it: an object that comes to match is ADDED, one that ceases to is DELETED. */
function seenBy(request: WatchRequest, event: StoreEvent): Pick<StoreEvent, 'type' | 'object'> | undefined {
  const { type, object, before } = event
  if (object.kind !== request.kind.kind || groupOf(object.apiVersion) !== request.kind.group) return undefined
  if (request.namespace !== undefined && object.metadata.namespace !== request.namespace) return undefined
  const matches = request.selector(object)
  if (type !== 'MODIFIED' || !before) return matches ? { type, object } : undefined
  const matched = request.selector(before)
  if (matches) return { type: matched ? 'MODIFIED' : 'ADDED', object }
  return matched ? { type: 'DELETED', object } : undefined
}

function secondsOf(text: string | null): number | undefined {
  if (text === null) return undefined
  const seconds = Number(text)
  if (text !== '' && Number.isInteger(seconds) && seconds >= 0) return seconds === 0 ? undefined : seconds
  throw new StatusError('BadRequest', `timeoutSeconds: Invalid value: "${text}": must be a whole number of seconds`)
}

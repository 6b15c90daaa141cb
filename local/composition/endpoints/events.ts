// Endpoints of the runtime for its events: what became of them as JSON lines, sending one, and giving them out again.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { NotACloudEvent } from '../../eventing/cloudevents/event.ts'
import type { EventQuery, EventsControl } from '../../eventing/journal/events-control.ts'
import { messageOf, StatusError, type StatusReason } from '../../kernel/errors.ts'
import { answer, type Handler, queryOf, refuse } from './answer.ts'

const defaultLimit = 50

/** Handlers by path. */
export function eventsEndpoints(events: EventsControl): ReadonlyMap<string, Handler> {
  return new Map<string, Handler>([
    ['/skiff/events', (request, response) => show(events, request, response)],
    ['/skiff/events/replay', (request, response) => replay(events, request, response)],
    ['/skiff/events/send', (request, response) => send(events, request, response)],
  ])
}

/** Query: id, type, broker, dead=true, limit, follow=true. Each line is an event with everything known of it so far. */
function show(events: EventsControl, request: IncomingMessage, response: ServerResponse): void {
  const searchParams = queryOf(request)
  const query = eventQueryOf(searchParams)
  const limit = Number(searchParams.get('limit') ?? defaultLimit)
  if (!Number.isInteger(limit) || limit < 0) {
    refuse(response, 'BadRequest', 'limit must be a whole number')
    return
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  const write = (event: unknown) => void response.write(`${JSON.stringify(event)}\n`)
  response.flushHeaders()
  for (const event of events.list(query, limit)) write(event)
  if (searchParams.get('follow') !== 'true') {
    response.end()
    return
  }
  response.once('close', events.follow(query, write))
}

function eventQueryOf(params: URLSearchParams): EventQuery {
  const [id, type, broker] = ['id', 'type', 'broker'].map(name => params.get(name))
  return {
    ...(id ? { id } : {}),
    ...(type ? { type } : {}),
    ...(broker ? { broker } : {}),
    ...(params.get('dead') === 'true' ? { dead: true } : {}),
  }
}

async function replay(events: EventsControl, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf<{ id?: unknown; dead?: unknown }>(request)
  const { id, dead } = body ?? {}
  if (request.method !== 'POST' || !(typeof id === 'string' || dead === true)) {
    return refuse(response, 'BadRequest', 'POST {"id":"…"} or {"dead":true}')
  }
  try {
    answer(response, 200, { replayed: await events.replay(typeof id === 'string' ? { id } : { dead: true }) })
  } catch (error) {
    refuse(response, 'ServiceUnavailable', messageOf(error))
  }
}

interface SendBody {
  broker: string
  attributes: Record<string, string>
  data?: string
}

async function send(events: EventsControl, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf<Partial<SendBody>>(request)
  const { broker, attributes, data } = body ?? {}
  if (request.method !== 'POST' || typeof broker !== 'string' || !isStrings(attributes)) {
    return refuse(response, 'BadRequest', 'POST {"broker":"NAMESPACE/NAME","attributes":{…},"data":"…"}')
  }
  try {
    await events.send(broker, { attributes, data: data === undefined ? undefined : Buffer.from(String(data)) })
    answer(response, 202, { accepted: attributes.id })
  } catch (error) {
    refuse(response, reasonOf(error), messageOf(error))
  }
}

function reasonOf(error: unknown): StatusReason {
  if (error instanceof StatusError) return error.reason
  return error instanceof NotACloudEvent ? 'BadRequest' : 'ServiceUnavailable'
}

function isStrings(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every(one => typeof one === 'string')
}

function bodyOf<T>(request: IncomingMessage): Promise<T | undefined> {
  return json(request).then(
    value => (typeof value === 'object' && value !== null ? (value as T) : undefined),
    () => undefined,
  )
}

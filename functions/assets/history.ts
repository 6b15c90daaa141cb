// Keeps every fact of a topic in the order it came, hands each on to the read model that lives from it, and can do so anew.
import type { CloudEventV1 } from 'cloudevents'
import type { Env } from '../lib/env.ts'
import { takeEvents } from '../lib/event-endpoint.ts'
import { type OutgoingEvent, send } from '../lib/events.ts'
import { propagate } from '../lib/propagation.ts'
import { type Peer, urlOf } from './peers.ts'
import { recordOf } from './read-model.ts'
import { keeperOf } from './records.ts'
import { type App, objectIn, refuse, service } from './service.ts'

const log = 'history'
const readSize = 100

/** A consumer that keeps the log of its topic and feeds `reader` from it. */
export function history(name: string, reader: Peer): App {
  const app = service(name)

  takeEvents(app, '/events', async (event, env, headers) => {
    const kept = keepable(event)
    await (await keeperOf(env)).append(log, event.id, kept)
    await send(env, `${urlOf(env, reader)}/events`, kept, headers)
    return undefined
  })

  // All of it once more, to the read model or to another reader: what is known there already changes nothing.
  app.post('/replay', async c => {
    const given = (await c.req.raw.clone().text()) === '' ? {} : await objectIn(c.req)
    const sink = given.sink ?? `${urlOf(c.env, reader)}/events`
    if (typeof sink !== 'string' || !/^http:\/\/[^/]+/.test(sink)) throw refuse(400, 'sink: an http URL')
    return c.json({ replayed: await replay(c.env, sink, propagate(c.req.raw.headers)) })
  })
  return app
}

/** Rejects at the first event that the sink does not take. */
async function replay(env: Env, sink: string, headers: Record<string, string>): Promise<number> {
  const store = await keeperOf(env)
  let [position, count] = [0, 0]
  for (;;) {
    const entries = await store.read(log, position, readSize)
    for (const { entry } of entries) await send(env, sink, entry as OutgoingEvent, headers)
    count += entries.length
    const last = entries.at(-1)
    if (!last) return count
    position = last.position
  }
}

function keepable(event: CloudEventV1<unknown>): OutgoingEvent {
  recordOf(event)
  const { id, type, source, data, time, subject } = event
  return { id, type, source, data, ...(time ? { time } : {}), ...(subject ? { subject } : {}) }
}

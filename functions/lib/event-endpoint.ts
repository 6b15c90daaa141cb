// An endpoint that events are delivered to: reads one, hands it to its consumer, and answers as brokers understand it.
import type { CloudEventV1 } from 'cloudevents'
import type { Hono } from 'hono'
import type { Env } from './env.ts'
import { type OutgoingEvent, PoisonEvent, readEvent, replyWith, withUser } from './events.ts'
import { logOf } from './log.ts'
import { propagate, traceId } from './propagation.ts'

/**
 * Takes an event in; what it returns is the reply. It may see an event more than once, and must then do nothing new.
 * Throwing `PoisonEvent` refuses the event for good, any other error asks for another delivery. `headers` are those to
 * hand on, the event's user among them.
 */
export type EventHandler = (
  event: CloudEventV1<unknown>,
  env: Env,
  headers: Record<string, string>,
) => Promise<OutgoingEvent | undefined>

/** Adds the endpoint: 200 when the event is taken, 400 when no retry can help, 503 when one can. */
export function takeEvents(app: Hono<{ Bindings: Env }>, path: string, handle: EventHandler): void {
  app.post(path, async c => {
    try {
      const event = await readEvent(Object.fromEntries(c.req.raw.headers), await c.req.text())
      const reply = await handle(event, c.env, withUser(propagate(c.req.raw.headers), event))
      return reply ? await replyWith(reply) : new Response(null, { status: 200 })
    } catch (error) {
      return refusal(c.env, error, traceId(propagate(c.req.raw.headers)))
    }
  })
}

function refusal(env: Env, error: unknown, trace_id: string | undefined): Response {
  const message = error instanceof Error ? error.message : String(error)
  const poison = error instanceof PoisonEvent
  logOf(env)[poison ? 'warn' : 'error']('event not taken', { error: message, trace_id })
  return Response.json({ error: poison ? message : 'not now' }, { status: poison ? 400 : 503 })
}

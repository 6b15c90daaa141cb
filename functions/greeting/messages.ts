// What service F does with a greeting that arrives as an event: keeps it, once.
import type { CloudEventV1 } from 'cloudevents'
import type { Env } from '../lib/env.ts'
import { PoisonEvent } from '../lib/events.ts'
import { logOf } from '../lib/log.ts'
import { storeOf } from '../lib/stores.ts'
import { asGreeting } from './greeting.ts'

/** Keeps the event's greeting in a collection; seen before, it does nothing. Rejects with `PoisonEvent` for other data. */
export async function keepMessage(
  env: Env,
  collection: string,
  event: CloudEventV1<unknown>,
  trace_id: string | undefined,
): Promise<void> {
  const greeting = asGreeting(event.data)
  if (!greeting) throw new PoisonEvent(`the data of event ${event.id} is no greeting`)
  const fresh = await (await storeOf(env))?.insert(collection, { _id: event.id, ...greeting })
  if (fresh === false) logOf(env).info('event seen before', { event: event.id, trace_id })
  else logOf(env).info('event stored', { event: event.id, trace_id })
}

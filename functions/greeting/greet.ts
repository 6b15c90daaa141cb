// To greet: after those one calls; some keep their greeting, one publishes it. Whatever protocol the others are asked in.
import { type Env, perEnv } from '../lib/env.ts'
import { publish } from '../lib/events.ts'
import { logOf } from '../lib/log.ts'
import { metricsOf } from '../lib/metrics.ts'
import { traceId } from '../lib/propagation.ts'
import { storeOf } from '../lib/stores.ts'
import { type Greeting, newGreeting, type Order } from './greeting.ts'
import type { Greeter } from './letters.ts'
import { type Ask, type Gathered, gather } from './upstream.ts'

/** One request for a greeting. */
export interface Occasion {
  order: Order
  /** Handed on with every call and event. */
  headers: Record<string, string>
  /** Named in one's own greeting, where the variant has it. */
  hostname?: string | undefined
  /** Asks another service. */
  ask: Ask
  /** Keeps work past the answer. */
  waitUntil(work: Promise<void>): void
}

const settingsOf = perEnv('greeter', env => ({
  name: env.SERVICE_NAME,
  message: env.GREETING,
  strict: env.STRICT_UPSTREAM === 'true',
}))

/** An upstream service failed, and the environment asks for all or nothing. */
export class UpstreamFailed extends Error {
  override readonly name = 'UpstreamFailed'
}

/** All greetings, one's own among them. Rejects with `UpstreamFailed` when some are missing and STRICT_UPSTREAM is true. */
export async function greet(env: Env, greeter: Greeter, occasion: Occasion): Promise<Gathered> {
  const { order, headers, ask } = occasion
  const { name, message, strict } = settingsOf(env)
  const make = () => newGreeting(name || greeter.name, message || greeter.message, occasion.hostname)
  const before = order === 'pre' ? make() : undefined
  const { greetings, partial } = await gather(env, greeter.calls ?? [], ask, headers)
  const own = before ?? make()
  logOf(env).info('greeting', { greeting: own.id, trace_id: traceId(headers) })
  afterwards(env, greeter, own, occasion)
  if (partial && strict) throw new UpstreamFailed('an upstream service failed')
  return { greetings: order === 'pre' ? [own, ...greetings] : [...greetings, own], partial }
}

/** Keeps and publishes without holding up the answer, and never changing it: what fails is logged and counted. */
function afterwards(env: Env, { stores, publishes }: Greeter, own: Greeting, occasion: Occasion): void {
  const { headers, waitUntil } = occasion
  if (stores && env.STORE !== 'off') {
    waitUntil(contain(env, 'stored', keep(env, stores, own), headers))
  }
  if (publishes && env.K_SINK) {
    const event = { ...publishes, id: own.id, data: own }
    waitUntil(contain(env, 'published', publish(env, event, headers), headers))
  }
}

async function keep(env: Env, collection: string, greeting: Greeting): Promise<void> {
  await (await storeOf(env))?.insert(collection, { _id: greeting.id, ...greeting })
}

async function contain(env: Env, what: string, work: Promise<void>, headers: Record<string, string>): Promise<void> {
  try {
    await work
    logOf(env).debug(`greeting ${what}`, { trace_id: traceId(headers) })
  } catch (error) {
    metricsOf(env).count('greeting_afterwork_failures_total', 'Greetings not stored or not published.', { what })
    logOf(env).error(`greeting not ${what}`, { error: String(error), trace_id: traceId(headers) })
  }
}

// Service-F: keeps each greeting that arrives as an event, once; and greets like the others when its own route is called.
import { http, type Request, type Response } from '@google-cloud/functions-framework'
import { type Env, perEnv } from '../../lib/env.ts'
import { PoisonEvent, readEvent } from '../../lib/events.ts'
import { envOf, honoListener } from '../../lib/function-module.ts'
import { logOf } from '../../lib/log.ts'
import { propagate, traceId } from '../../lib/propagation.ts'
import { greeter } from '../greeter.ts'
import { greeters } from '../letters.ts'
import { keepMessage } from '../messages.ts'

export { requireStore as start } from '../../lib/stores.ts'

/** The name under which the Functions Framework knows this function. */
export const target = 'service-f'

/** Everything but events is the greeter's. */
const greets = perEnv('service-f', env => honoListener(greeter(greeters.f), env))

http(target, async (request, response) => {
  const env = envOf(request)
  const forEvents = request.path === '/events' || request.path === '/'
  if (forEvents && request.method === 'POST') await consume(env, request, response)
  else greets(env)(request, response)
})

/** Answers 200 with no body when the event is stored, 4xx when no retry can help, 503 when one can. */
async function consume(env: Env, request: Request, response: Response): Promise<void> {
  const trace_id = traceId(propagate({ get: name => request.get(name) ?? null }))
  try {
    const event = await readEvent(request.headers as Record<string, string>, request.rawBody?.toString() ?? '')
    await keepMessage(env, greeters.f.stores, event, trace_id)
    response.status(200).end()
  } catch (error) {
    const status = error instanceof PoisonEvent ? 400 : 503
    const message = error instanceof Error ? error.message : String(error)
    logOf(env).error('event refused', { status, error: message, trace_id })
    response.status(status).json({ error: message })
  }
}

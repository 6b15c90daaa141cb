// A greeting service over gRPC: which of the eight, GREETER says. Beside it the routes that all of them have over HTTP.
import { Metadata, status } from '@grpc/grpc-js'
import type { Env } from '../../lib/env.ts'
import { takeEvents } from '../../lib/event-endpoint.ts'
import type { Background } from '../../lib/function-module.ts'
import { type GrpcService, grpcFailure, headersOf, type UnaryAnswer, unary } from '../../lib/grpc-server.ts'
import { logOf } from '../../lib/log.ts'
import { propagate, traceId } from '../../lib/propagation.ts'
import { requireStore } from '../../lib/stores.ts'
import { documents } from '../documents.ts'
import { greet, UpstreamFailed } from '../greet.ts'
import { orderOf } from '../greeting.ts'
import {
  askGreeting,
  type GreetingCall,
  type GreetingResponse,
  orderKey,
  partialKey,
  serviceOf,
  versions,
} from '../greeting-service.ts'
import { type Greeter, greeters } from '../letters.ts'
import { keepMessage } from '../messages.ts'
import { commonRoutes, refuse } from '../routes.ts'

/** Refuses to start without a letter, or without a store where it needs one. */
export function start(env: Env): void {
  if (greeterOf(env).stores) requireStore(env)
}

function greeterOf({ GREETER }: Env): Greeter {
  const known: Record<string, Greeter> = greeters
  const greeter = GREETER && Object.hasOwn(known, GREETER) ? known[GREETER] : undefined
  if (greeter) return greeter
  throw new Error(`GREETER is "${GREETER ?? ''}", it should be one of ${Object.keys(greeters).join(', ')}`)
}

/** The service in all packages, with one handler: a field that a package lacks is left out. */
export function grpc(env: Env, background: Background): GrpcService[] {
  const who = greeterOf(env)
  const Greeting = unary(env, (call: GreetingCall) => answer(env, who, call, background))
  return versions.map(version => ({ definition: serviceOf(version), handlers: { Greeting } }))
}

async function answer(
  env: Env,
  who: Greeter,
  call: GreetingCall,
  background: Background,
): Promise<UnaryAnswer<GreetingResponse>> {
  const incoming = headersOf(call.metadata)
  const headers = propagate(incoming)
  const order = orderOf(incoming.get(orderKey) ?? undefined, env.GREETING_ORDER)
  const asker = call.request.greeting
  if (asker) logOf(env).info('asked', { by: asker.service, greeting: asker.id, trace_id: traceId(headers) })
  // Whoever waits for us waits no longer than this for those we call.
  const asking = { version: 'v3', order, headers, deadline: Number(call.getDeadline()), parent: call } as const
  const { greetings, partial } = await greet(env, who, {
    order,
    headers,
    hostname: env.HOSTNAME,
    ask: letter => askGreeting(env, letter, asking),
    waitUntil: work => background.add(work),
  }).catch(unavailable)
  const metadata = new Metadata()
  if (partial) metadata.set(partialKey, 'true')
  return { message: { greeting: greetings }, metadata }
}

function unavailable(error: unknown): never {
  throw error instanceof UpstreamFailed ? grpcFailure(status.UNAVAILABLE, error.message) : error
}

const app = commonRoutes()

app.get('/api/:collection{greetings|messages}', c => {
  const collection = c.req.param('collection')
  return collection === greeterOf(c.env).stores ? documents(c, collection) : c.notFound()
})
app.use('/events', async (c, next) => (c.env.GREETER === 'f' ? next() : c.notFound()))
takeEvents(app, '/events', async (event, env, headers) => {
  await keepMessage(env, greeters.f.stores, event, traceId(headers))
  return undefined
})

export default refuse(app)

// The edge of the greeting system: what browsers and clients call. It has no greeting of its own.
import type { Context } from 'hono'
import type { Env } from '../../lib/env.ts'
import { propagate } from '../../lib/propagation.ts'
import { failure } from '../greeter.ts'
import { type Greeting, orderOf } from '../greeting.ts'
import { commonRoutes, json, refuse } from '../routes.ts'
import { gather } from '../upstream.ts'

const app = commonRoutes({ cors: true })

/** The gRPC gateway's shape. */
const asObject = (greetings: Greeting[]) => ({ greeting: greetings })
/** The REST variant's shape: service A's own. */
const asList = (greetings: Greeting[]) => greetings

app.get('/api/greeting', c => greet(c, asObject))
app.get('/api/v1/greeting', c => greet(c, asObject))
app.get('/api/ping', c => greet(c, asList))

async function greet(c: Context<{ Bindings: Env }>, shape: (greetings: Greeting[]) => unknown): Promise<Response> {
  const order = orderOf(c.req.query('order'), c.env?.GREETING_ORDER)
  const { greetings, partial } = await gather(c.env, ['a'], order, propagate(c.req.raw.headers))
  // Nothing at all is not a part of the answer.
  if (greetings.length === 0 || (partial && c.env.STRICT_UPSTREAM === 'true')) return failure('service-a failed')
  const headers = partial ? { ...json, 'x-partial': 'true' } : json
  return new Response(`${JSON.stringify(shape(greetings))}\n`, { headers })
}

export default refuse(app)

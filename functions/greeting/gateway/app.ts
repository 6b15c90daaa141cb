// The edge of the greeting system: what browsers and clients call. It has no greeting of its own.
import type { Context } from 'hono'
import type { Env } from '../../lib/env.ts'
import { propagate } from '../../lib/propagation.ts'
import { answer, failure } from '../greeter.ts'
import { type Greeting, variantOf } from '../greeting.ts'
import { commonRoutes, refuse } from '../routes.ts'
import { gather, pinging } from '../upstream.ts'

const app = commonRoutes({ cors: true })

/** The gRPC gateway's shape. */
const asObject = (greetings: Greeting[]) => ({ greeting: greetings })
/** The REST variant's shape: service A's own. */
const asList = (greetings: Greeting[]) => greetings

app.get('/api/greeting', c => greet(c, asObject))
app.get('/api/v1/greeting', c => greet(c, asObject))
app.get('/api/ping', c => greet(c, asList))

async function greet(c: Context<{ Bindings: Env }>, shape: (greetings: Greeting[]) => object): Promise<Response> {
  const variant = variantOf(name => c.req.query(name), c.env?.GREETING_ORDER)
  const headers = propagate(c.req.raw.headers)
  const ask = pinging(c.env, variant, headers, c.req.raw.signal)
  const { greetings, partial } = await gather(c.env, ['a'], ask, headers)
  // Nothing at all is not a part of the answer.
  if (greetings.length === 0 || (partial && c.env.STRICT_UPSTREAM === 'true')) return failure('service-a failed')
  return answer(shape(greetings), partial)
}

export default refuse(app)

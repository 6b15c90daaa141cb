// The edge of the greeting system over gRPC: HTTP and JSON outside, gRPC inside.
import { type ServiceError, status } from '@grpc/grpc-js'
import type { Context } from 'hono'
import swagger from '../../../proto/greeting.swagger.json' with { type: 'json' }
import { httpStatusOf, parseTimeout } from '../../lib/grpc-http.ts'
import { logOf } from '../../lib/log.ts'
import { propagate, traceId } from '../../lib/propagation.ts'
import { answer } from '../greeter.ts'
import { type Greeting, orderOf } from '../greeting.ts'
import { askGreeting, deadlineIn, type Version } from '../greeting-service.ts'
import { type Bindings, commonRoutes, json, refuse } from '../routes.ts'

const app = commonRoutes({ cors: true })

const asObject = (greeting: Greeting[]) => ({ greeting })
const asList = (greetings: Greeting[]) => greetings

// `?v=2021` is how the edge of the other variant is asked for hostnames.
app.get('/api/greeting', c => greet(c, c.req.query('v') === '2021' ? 'v2' : '', asObject))
app.get('/api/v1/greeting', c => greet(c, 'v1', asObject))
app.get('/api/v2/greeting', c => greet(c, 'v2', asObject))
app.get('/api/v3/greeting', c => greet(c, 'v3', asObject))
app.get('/api/ping', c => greet(c, '', asList))
app.get('/swagger.json', c => c.json(swagger))

async function greet(
  c: Context<Bindings>,
  version: Version,
  shape: (greetings: Greeting[]) => object,
): Promise<Response> {
  const headers = propagate(c.req.raw.headers)
  const asked = c.req.header('grpc-timeout')
  const timeoutMs = asked === undefined ? undefined : parseTimeout(asked)
  if (asked !== undefined && timeoutMs === undefined)
    return failure(status.INVALID_ARGUMENT, `grpc-timeout "${asked}" should be like 250m or 2S`)
  const order = orderOf(c.req.query('order'), c.env?.GREETING_ORDER)
  try {
    const deadline = deadlineIn(timeoutMs)
    const { greetings, partial } = await askGreeting(c.env, 'a', { version, order, headers, deadline })
    return answer(shape(greetings), partial)
  } catch (error) {
    const { code, details } = error as Partial<ServiceError>
    logOf(c.env).error('no greeting', { error: String(error), trace_id: traceId(headers) })
    return typeof code === 'number' ? failure(code, details ?? '') : failure(status.INTERNAL, 'Internal Error')
  }
}

/** The body grpc-gateway writes: the message twice, and the gRPC code. */
function failure(code: number, message: string): Response {
  const body = { error: message, code, message }
  return new Response(`${JSON.stringify(body)}\n`, { status: httpStatusOf(code), headers: json })
}

export default refuse(app)

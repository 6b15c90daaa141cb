// The dead-letter sink: writes each event that reaches it to the log, whatever its content.
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Env } from '../../lib/env.ts'
import { logOf } from '../../lib/log.ts'
import { propagate, traceId } from '../../lib/propagation.ts'

const app = new Hono<{ Bindings: Env }>()

/** Larger bodies are refused, in bytes. */
const maxSize = 1_048_576

// Not through the SDK: what ends here is often what an SDK refuses, such as broken JSON.
app.post('*', bodyLimit({ maxSize }), async c => {
  const attributes: Record<string, string> = {}
  for (const [name, value] of c.req.raw.headers) {
    if (name.startsWith('ce-')) attributes[name.slice(3)] = value
  }
  const datacontenttype = c.req.header('content-type')
  const data = await c.req.text()
  logOf(c.env).info('event', { ...attributes, datacontenttype, data, trace_id: traceId(propagate(c.req.raw.headers)) })
  return new Response(null, { status: 200 })
})

export default app

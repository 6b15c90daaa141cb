// Tells a test what it was asked and by which of its instances; ends, stalls or fails to start when it is told to.
import { Hono } from 'hono'
import type { Env } from '../../lib/env.ts'

if (process.env.CRASH) {
  console.log('boom')
  process.exit(Number(process.env.CRASH))
}

const instance = crypto.randomUUID()
const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
/** Requests at once: the most there were, and those now. */
let most = 0
let now = 0

const app = new Hono<{ Bindings: Env }>()

app.get('/', async c => {
  const ms = Number(c.req.query('ms') ?? 0)
  most = Math.max(most, ++now)
  if (ms) await wait(ms)
  now--
  const { VERSION = '', K_REVISION } = c.env
  return c.json({ version: VERSION, revision: K_REVISION, instance, most, headers: c.req.header() })
})
app.get('/env', c => c.json(c.env))
app.post('/die', () => process.exit(7))
app.get('/stall', c => {
  const begun = new TextEncoder().encode('begun')
  return c.body(new ReadableStream({ start: controller => controller.enqueue(begun) }))
})

export default app

// Calls an address inside the mesh for a test that stands outside, and repeats what came back. Deployed by tests alone.
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { Hono } from 'hono'
import type { Env } from '../../lib/env.ts'

interface Call {
  url: string
  method?: string
  headers?: Record<string, string>
  body?: string
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** A test that waits longer than this for one answer has failed anyway. */
const deadlineMs = 60_000
/** A connection for each call: a kept one that was closed meanwhile would fail a call which nobody refused. */
const agent = new Agent({ proxyEnv: process.env })

const app = new Hono<{ Bindings: Env }>()

app.post('/', async c => {
  try {
    return c.json(await answerTo(await c.req.json<Call>()))
  } catch (error) {
    return c.json({ error: (error as { code?: string }).code ?? String(error) }, 502)
  }
})

function answerTo({ url, body = '', ...call }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...call, agent, signal: AbortSignal.timeout(deadlineMs) }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }))
      answer.once('error', reject)
    })
    sent.once('error', reject).end(body)
  })
}

export default app

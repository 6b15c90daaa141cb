// asset-dashboard-bff: what the dashboard needs, from one place: the assets, their changes as they come, and who is looking.
import { streamSSE } from 'hono/streaming'
import type { Answer } from '../../lib/call.ts'
import type { Env } from '../../lib/env.ts'
import { takeEvents } from '../../lib/event-endpoint.ts'
import { logOf } from '../../lib/log.ts'
import { servePage } from '../../lib/page.ts'
import { propagate, traceId } from '../../lib/propagation.ts'
import { topicsOf } from '../../lib/topics.ts'
import { addressHeader } from '../limits.ts'
import { ask, type Peer } from '../peers.ts'
import { recordOf } from '../read-model.ts'
import { service } from '../service.ts'
import { isRevoked } from '../session.ts'
import { page } from './page.ts'

const topic = 'assets'
/** A line now and then, so that nobody in between takes the stream for dead; and a look at the token. In milliseconds. */
const heartbeatMs = 15_000

const app = service('asset-dashboard-bff')

// Without the asset manager the dashboard shows nothing, and that it is degraded, instead of failing.
app.get('/assets', async c => {
  const headers = handedOn(c.req.raw.headers)
  try {
    const answer = await ask(c.env, 'asset-mgr-ms', '/assets', { headers })
    if (answer.ok || answer.status === 401) return relayed(answer)
    throw new Error(`asset-mgr-ms answered ${answer.status}`)
  } catch (error) {
    logOf(c.env).warn('assets unknown', { error: String(error), trace_id: traceId(headers) })
    return c.json([], 200, { 'x-degraded': 'asset-mgr-ms' })
  }
})

app.get('/assets/stream', async c => {
  if (await isRevoked(c.env, c.req.raw.headers)) return c.json({ error: 'the token was revoked' }, 401)
  const changes = await (await topicsOf(c.env)).subscribe(topic, c.req.raw.signal)
  return streamSSE(c, async stream => {
    stream.onAbort(() => void changes.return?.())
    const beat = async () => {
      // Who cannot be asked for a moment ends nobody's stream.
      const over = await isRevoked(c.env, c.req.raw.headers).catch(() => false)
      await (over ? changes.return?.() : stream.write(': still here\n\n'))
    }
    const heartbeat = setInterval(() => void beat(), heartbeatMs)
    try {
      await stream.write(': watching\n\n')
      for await (const change of changes) {
        const { type, asset } = change as { type: string; asset: object }
        await stream.writeSSE({ event: type, data: JSON.stringify(asset) })
      }
    } finally {
      clearInterval(heartbeat)
    }
  })
})

takeEvents(app, '/events', async (event, env) => {
  await (await topicsOf(env)).publish(topic, { type: event.type, asset: recordOf(event) })
  return undefined
})

app.post('/login', c => relay(c.env, c.req.raw, 'authentication-ms', '/login'))
app.post('/logout', c => relay(c.env, c.req.raw, 'authentication-ms', '/logout'))
app.post('/register', c => relay(c.env, c.req.raw, 'user-management-ms', '/users/register'))

async function relay(env: Env, request: Request, peer: Peer, path: string): Promise<Response> {
  const headers = handedOn(request.headers)
  return relayed(await ask(env, peer, path, { method: 'POST', headers, body: await request.text() }))
}

/** The token goes along, and the address that limits are counted by. */
function handedOn(headers: Headers): Record<string, string> {
  const also = ['authorization', addressHeader, 'x-forwarded-for'].flatMap(name => {
    const value = headers.get(name)
    return value ? [[name, value] as const] : []
  })
  return { ...propagate(headers), ...Object.fromEntries(also) }
}

async function relayed(answer: Answer): Promise<Response> {
  const text = await answer.text()
  const headers = ['content-type', 'retry-after', 'www-authenticate'].flatMap(name => {
    const value = answer.headers.get(name)
    return value ? [[name, value] as [string, string]] : []
  })
  return new Response(text === '' ? null : text, { status: answer.status, headers })
}

servePage(app, page)

export default app

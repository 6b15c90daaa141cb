// Makes load when a canary asks for it: the webhook that Flagger calls at each step of its analysis.
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { afterAnswer } from '../../lib/after-answer.ts'
import { call } from '../../lib/call.ts'
import { type Env, perEnv } from '../../lib/env.ts'
import { logOf } from '../../lib/log.ts'
import { json } from '../content-types.ts'
import { type Load, parseHey } from './hey.ts'
import { runLoad, type Surroundings } from './run.ts'

/** A webhook's payload has a few hundred. In bytes. */
const maxSize = 65_536
/** One request of a load; a service that takes longer has failed it. In milliseconds. */
const timeoutMs = 20_000

export const surroundings = perEnv<Surroundings>('loadtester.surroundings', env => ({
  now: () => performance.now(),
  pause: ms => new Promise(resolve => setTimeout(resolve, ms)),
  ask: ({ url, method, headers }) =>
    call(env, url, { method, headers, timeoutMs })
      .then(async answer => {
        await answer.text()
        return answer.status
      })
      .catch(() => 0),
}))

/** Commands that run now: asked for again by the next step of the analysis, they go on instead of doubling. */
const running = perEnv('loadtester.running', () => new Set<string>())

const app = new Hono<{ Bindings: Env }>()

app.post('/', bodyLimit({ maxSize }), async c => {
  const command = commandOf(await c.req.json().catch(() => undefined))
  if (command === undefined) return refused('the payload should be JSON with metadata.cmd')
  const load = parseHey(command)
  if (typeof load === 'string') return refused(load)
  if (!running(c.env).has(command)) afterAnswer(c, carryOut(c.env, command, load))
  return new Response(null, { status: 202 })
})

async function carryOut(env: Env, command: string, load: Load): Promise<void> {
  running(env).add(command)
  try {
    logOf(env).info('load ended', { command, ...(await runLoad(load, surroundings(env))) })
  } finally {
    running(env).delete(command)
  }
}

/** `metadata.cmd` of Flagger's payload. */
function commandOf(payload: unknown): string | undefined {
  const { metadata } = (payload ?? {}) as { metadata?: { cmd?: unknown } }
  return typeof metadata?.cmd === 'string' ? metadata.cmd : undefined
}

const refused = (error: string) => new Response(JSON.stringify({ error }), { status: 400, headers: json })

export default app

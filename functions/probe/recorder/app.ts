// Writes down the events it receives, and answers in the way it is told: what consumers of events do, well and badly.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { CloudEvent, HTTP } from 'cloudevents'
import { type Context, Hono } from 'hono'
import type { Env } from '../../lib/env.ts'

interface Received {
  at: number
  path: string
  headers: Record<string, string>
  body: string
}

interface Records {
  add(one: Received): void
  all(): Received[]
}

/** In a file, which all instances share and which outlives them, or in memory. */
function recordsOf(file: string | undefined): Records {
  const kept: Received[] = []
  if (!file) return { add: one => kept.push(one), all: () => kept }
  return {
    add: one => appendFileSync(file, `${JSON.stringify(one)}\n`),
    all: () =>
      existsSync(file)
        ? readFileSync(file, 'utf8')
            .split('\n')
            .filter(Boolean)
            .map(line => JSON.parse(line))
        : [],
  }
}
const records = recordsOf(process.env.RECORD)

type Event = CloudEvent<unknown>
type Answer = (c: Context<{ Bindings: Env }>, event: Event, tries: number) => Response | Promise<Response>

function reply(event: Partial<Event>): Response {
  const { headers, body } = HTTP.binary(new CloudEvent(event))
  return new Response(body as string | undefined, { headers: headers as Record<string, string> })
}

const answers: Record<string, Answer> = {
  payer: (_c, { id, data }) => reply({ id: `paid-${id}`, type: 'order.paid', source: '/payer', data: { paid: data } }),
  echo: (_c, { id, type }) => reply({ id, type, source: '/echo' }),
  chatty: c => c.text('thanks'),
  busy: (c, _event, tries) => (tries === 1 ? c.body(null, 503, { 'retry-after': '1' }) : c.body(null, 200)),
  poison: c => c.text('no order', 400),
  failing: c => c.text('out of order', 500),
  slow: async c => {
    await new Promise(resolve => setTimeout(resolve, 1_500))
    return c.body(null, 200)
  },
}

const app = new Hono<{ Bindings: Env }>()

app.get('/received', c => c.json(records.all()))
app.post('*', async c => {
  const headers = Object.fromEntries(c.req.raw.headers)
  const body = await c.req.text()
  const event = HTTP.toEvent({ headers, body }) as Event
  records.add({ at: Date.now(), path: c.req.path, headers, body })
  const tries = records.all().filter(one => one.headers['ce-id'] === event.id).length
  return answers[c.env.BEHAVIOUR ?? '']?.(c, event, tries) ?? c.body(null, 202)
})

export default app

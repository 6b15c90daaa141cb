// A project of event consumers that write down what they receive and answer in the way their name says.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export const ingress = 'http://broker-ingress.knative-eventing.svc.cluster.local/app'

/** What the consumers can do; each is a Knative Service of that name. */
export const behaviours = ['sink', 'payer', 'echo', 'chatty', 'busy', 'poison', 'failing', 'slow', 'dead'] as const

const recorder = `
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { CloudEvent, HTTP } from 'cloudevents'
import { Hono } from 'hono'

const app = new Hono()
const reply = (c, event) => {
  const { headers, body } = HTTP.binary(new CloudEvent(event))
  return c.body(body ?? null, 200, headers)
}
const answers = {
  payer: (c, event) => reply(c, { id: 'paid-' + event.id, type: 'order.paid', source: '/payer', data: { paid: event.data } }),
  echo: (c, event) => reply(c, { id: event.id, type: event.type, source: '/echo' }),
  chatty: c => c.text('thanks'),
  busy: (c, _event, tries) => (tries === 1 ? c.body(null, 503, { 'retry-after': '1' }) : c.body(null, 200)),
  poison: c => c.text('no order', 400),
  failing: c => c.text('out of order', 500),
  slow: async c => {
    await new Promise(resolve => setTimeout(resolve, 1_500))
    return c.body(null, 200)
  },
}

app.post('*', async c => {
  const headers = Object.fromEntries(c.req.raw.headers)
  const body = await c.req.text()
  const event = HTTP.toEvent({ headers, body })
  appendFileSync(c.env.RECORD, JSON.stringify({ at: Date.now(), path: c.req.path, headers, body }) + '\\n')
  const tries = readFileSync(c.env.RECORD, 'utf8').split('\\n').filter(line => line.includes(event.id)).length
  return answers[c.env.BEHAVIOUR]?.(c, event, tries) ?? c.body(null, 202)
})

export default app
`

export interface Recorded {
  at: number
  path: string
  headers: Record<string, string>
  body: string
}

export interface EventsProject {
  folder: string
  /** What the service has received so far. */
  received(service: string): Recorded[]
  /** A document of a Knative Service of that behaviour. */
  consumer(name: string, behaviour: string): object
}

/** Writes the project; `documents` are those of `eventing/`. */
export function eventsProject(documents: readonly object[]): EventsProject {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-events-'))
  const recordOf = (service: string) => join(folder, `${service}.jsonl`)
  const consumer = (name: string, behaviour: string) => ({
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name, namespace: 'app' },
    spec: {
      template: { metadata: { annotations: atZero }, spec: { containers: [container(recordOf(name), behaviour)] } },
    },
  })
  write(join(folder, 'package.json'), '{ "type": "module" }\n')
  write(join(folder, 'functions/events/recorder/app.ts'), recorder)
  for (const [index, document] of [namespace, autoscaler, ...behaviours.map(name => consumer(name, name))].entries())
    write(join(folder, `knative/${index}.yaml`), JSON.stringify(document))
  for (const [index, document] of documents.entries())
    write(join(folder, `eventing/${index}.yaml`), JSON.stringify(document))
  return {
    folder,
    consumer,
    received(service) {
      if (!existsSync(recordOf(service))) return []
      const lines = readFileSync(recordOf(service), 'utf8').split('\n').filter(Boolean)
      return lines.map(line => JSON.parse(line) as Recorded)
    },
  }
}

const container = (record: string, behaviour: string) => ({
  image: 'dev.local/events/recorder',
  env: [
    { name: 'RECORD', value: record },
    { name: 'BEHAVIOUR', value: behaviour },
  ],
})

const atZero = { 'autoscaling.knative.dev/initial-scale': '0' }
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'app' } }
const autoscaler = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'config-autoscaler', namespace: 'knative-serving' },
  data: { 'allow-zero-initial-scale': 'true' },
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

export const broker = (name: string, delivery?: object) => ({
  apiVersion: 'eventing.knative.dev/v1',
  kind: 'Broker',
  metadata: { name, namespace: 'app' },
  ...(delivery ? { spec: { delivery } } : {}),
})

export const serviceRef = (name: string) => ({ apiVersion: 'serving.knative.dev/v1', kind: 'Service', name })

/** A trigger of `attributes` that sends to a service, at `path` when given. */
export function trigger(
  name: string,
  attributes: Record<string, string>,
  { to = name, path, of = 'default', delivery }: { to?: string; path?: string; of?: string; delivery?: object } = {},
): object {
  return {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    metadata: { name, namespace: 'app' },
    spec: {
      broker: of,
      filter: { attributes },
      subscriber: { ref: serviceRef(to), ...(path ? { uri: path } : {}) },
      ...(delivery ? { delivery } : {}),
    },
  }
}

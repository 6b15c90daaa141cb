// The whole shop in one process, with a broker that delivers as the suite's triggers, sequence and parallel say: for tests.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ServeOptions, type Serving, serve } from '../lib/serve.ts'
import type { Peer } from './ask.ts'

type Name = Peer | 'frontend'

const names = [
  ...['users', 'customers', 'inventory', 'payments', 'fulfillment', 'orders', 'exchanges', 'logging', 'frontend'],
] as readonly Name[]

export interface Chaos {
  /** How often each delivery is made. */
  times?: number
  /** Before each try of a delivery: true makes it fail. */
  fails?(path: string): boolean
  /** What a delivery waits for. */
  waits?(path: string): Promise<unknown> | undefined
}

export interface Shop {
  urls: Record<Name, string>
  /** Requests each service has had, by name and path. */
  requests: string[]
  ask<T = Record<string, never>>(
    query: string,
    variables?: object,
  ): Promise<{ data: T; errors?: { path?: unknown[]; message: string }[] }>
  /** Resolves when nothing is being delivered any more. */
  settled(): Promise<void>
  stop(name: Name): Promise<void>
  close(): Promise<void>
}

interface Message {
  headers: Record<string, string>
  body: string
}

const mostTries = 6

/** By type of fact: who gets it. `sequence` is the processing of an order. */
const triggers: Readonly<Record<string, readonly string[]>> = {
  'order.placed': ['sequence'],
  'order.failed': ['inventory/events', 'payments/events'],
  'order.cancelled': ['inventory/events', 'payments/events'],
  'inventory.rejected': ['orders/events'],
  'payment.captured': ['orders/events'],
  'payment.failed': ['inventory/events', 'orders/events'],
  'payment.refunded': ['inventory/events', 'orders/events', 'exchanges/events'],
  'fulfillment.completed': ['inventory/events', 'orders/events'],
  'return.requested': ['payments/events'],
}

export async function openShop(chaos: Chaos = {}, env: ServeOptions['env'] = {}): Promise<Shop> {
  const servings = new Map<Name, Serving>()
  const urls = {} as Record<Name, string>
  const requests: string[] = []
  const under = new Set<Promise<unknown>>()

  const post = async (place: string, { headers, body }: Message): Promise<Response> => {
    const [name = '', ...path] = place.split('/')
    if (chaos.fails?.(place)) return new Response(null, { status: 500 })
    return fetch(`${urls[name as Name]}/${path.join('/')}`, { method: 'POST', headers, body })
  }
  /** Tries until it is taken; undefined when it was refused for good, or too often. */
  const tryOn = async (place: string, message: Message): Promise<{ reply: Message | undefined } | undefined> => {
    for (let tries = 1; tries <= mostTries; tries++) {
      const answer = await post(place, message)
      const text = await answer.text()
      const headers = eventHeaders(Object.fromEntries(answer.headers))
      if (answer.ok) return { reply: 'ce-id' in headers ? { headers, body: text } : undefined }
      if (answer.status < 500) return undefined
    }
    return undefined
  }
  /** The reply, if any. A step that gave up is told to `orders`, as its dead-letter sink. */
  const deliver = async (place: string, message: Message, isStep = false): Promise<Message | undefined> => {
    let reply: Message | undefined
    for (let time = 0; time < (chaos.times ?? 1); time++) {
      const taken = await tryOn(place, message)
      if (!taken && isStep) await deliver('orders/given-up', message)
      reply = taken?.reply
    }
    return reply
  }
  const process = async (placed: Message) => {
    const reserved = await deliver('inventory/reserve', placed, true)
    const paid = reserved && (await deliver('payments/charge', reserved, true))
    if (!paid) return
    await Promise.all(
      [
        ['only/digital', 'email'],
        ['only/physical', 'ship'],
      ].map(async ([filter, step]) => {
        const mine = await deliver(`fulfillment/${filter}`, paid, true)
        const sent = mine && (await deliver(`fulfillment/${step}`, mine, true))
        if (sent) accept(sent)
      }),
    )
  }
  const accept = (message: Message) => {
    const type = message.headers['ce-type'] ?? ''
    for (const place of ['logging/events', ...(triggers[type] ?? [])]) {
      const work = Promise.resolve(chaos.waits?.(place)).then<unknown>(() =>
        place === 'sequence' ? process(message) : deliver(place, message),
      )
      under.add(work)
      void work.finally(() => under.delete(work))
    }
  }

  const broker = createServer(async (request, response) => {
    accept({ headers: eventHeaders(request.headers as Record<string, string>), body: await textOf(request) })
    response.writeHead(202).end()
  })
  await new Promise<void>(resolve => broker.listen(0, '127.0.0.1', resolve))
  const sink = `http://127.0.0.1:${(broker.address() as AddressInfo).port}`

  const peers: Record<string, string> = {}
  for (const name of names) {
    const module: object = await import(`./${name}/app.ts`)
    const serving = await serve(counted(module, name, requests), {
      listen: { host: '127.0.0.1', port: 0 },
      env: { STORE_PATH: ':memory:', LOG_LEVEL: 'silent', K_SERVICE: name, K_SINK: sink, ...peers, ...env },
    })
    if (!('port' in serving.address)) throw new Error('not on a port')
    servings.set(name, serving)
    urls[name] = `http://127.0.0.1:${serving.address.port}`
    peers[`${name.toUpperCase()}_URL`] = urls[name]
  }
  const stop = async (name: Name) => {
    const serving = servings.get(name)
    servings.delete(name)
    await serving?.close(1_000)
  }
  return {
    urls,
    requests,
    async ask(query, variables = {}) {
      const answer = await fetch(`${urls.frontend}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ query, variables }),
      })
      return answer.json() as never
    },
    async settled() {
      while (under.size > 0) await Promise.all(under)
    },
    stop,
    async close() {
      await Promise.all(names.map(stop))
      broker.close().closeAllConnections()
    },
  }
}

/** The module with every request to its GraphQL noted. */
function counted(module: object, name: Name, requests: string[]): object {
  const { default: app, ...rest } = module as { default: { fetch(request: Request, ...more: unknown[]): unknown } }
  return {
    ...rest,
    default: {
      fetch(request: Request, ...more: unknown[]) {
        requests.push(`${name}${new URL(request.url).pathname}`)
        return app.fetch(request, ...more)
      },
    },
  }
}

function eventHeaders(headers: Record<string, string>): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => name.startsWith('ce-') || name === 'content-type')
  return Object.fromEntries(kept)
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

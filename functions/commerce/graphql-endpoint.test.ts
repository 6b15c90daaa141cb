import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import type { Env } from '../lib/env.ts'
import { createLog, logOf } from '../lib/log.ts'
import { graphqlEndpoint, refuse } from './graphql-endpoint.ts'

const schema = `
  type Query { hello(name: String = "you"): String fails: String refuses: String nothing: Int! }
  type Mutation { count: Int }
  type Subscription { numbers(last: Int!): Int }
`
let counted = 0
async function* numbers(_: unknown, { last }: { last: number }) {
  for (let number = 1; number <= last; number++) yield { numbers: number }
  throw new Error('the numbers ended in tears')
}
const app = new Hono<{ Bindings: Env }>()
graphqlEndpoint(app, {
  schema,
  resolvers: {
    Query: {
      hello: (_, { name }: { name: string }) => `hello ${name}`,
      fails() {
        throw new Error('password=hunter2 at db-7')
      },
      refuses() {
        throw refuse('not like that', 'TRY_ANOTHER')
      },
      nothing: () => null,
    },
    Mutation: { count: () => ++counted },
    Subscription: { numbers: { subscribe: numbers } },
  },
  async contextOf(_env, request) {
    if (request.headers.has('x-broken')) throw new Error('no store today')
    return {}
  },
})

const logged: string[] = []
const env: Env = {}
logOf.provide(
  env,
  createLog(env, line => logged.push(line)),
)
const json = { 'content-type': 'application/json', accept: 'application/json' }
const post = (body: string, headers: Record<string, string> = json) =>
  app.request('/graphql', { method: 'POST', headers, body }, env)
const ask = async (query: string) =>
  (await post(JSON.stringify({ query }))).json() as Promise<{
    data?: unknown
    errors?: { message: string; extensions?: object }[]
  }>
const get = (query: string, path = '/graphql') =>
  app.request(`${path}?query=${encodeURIComponent(query)}`, { headers: { accept: 'application/json' } }, env)

describe('a query', () => {
  it('is taken by POST and by GET', async () => {
    expect(await ask('{ hello(name: "Zoë 🐴") }')).toEqual({ data: { hello: 'hello Zoë 🐴' } })
    expect(await (await get('{ hello }')).json()).toEqual({ data: { hello: 'hello you' } })
  })

  it.each([
    ['that breaks off', '{"query":'],
    ['that is empty', ''],
    ['that is null', 'null'],
    ['that is a list of nothing', '[]'],
    ['without a query', '{}'],
    ['whose query is a number', '{"query":1}'],
    ['whose variables are a text', '{"query":"{ hello }","variables":"x"}'],
    ['that cannot be read', '{"query":"{ hello("}'],
    ['of a field there is none of', '{"query":"{ hallo }"}'],
    ['that nests itself', '{"query":"query { ...a } fragment a on Query { ...a }"}'],
  ])('in a body %s is the caller’s fault', async (_, body) => {
    const answer = await post(body)
    expect(answer.status).toBeGreaterThanOrEqual(200)
    expect(answer.status).toBeLessThan(500)
    expect(((await answer.json()) as { errors: object[] }).errors.length).toBeGreaterThan(0)
  })

  it.each([
    ['a form', 'application/x-www-form-urlencoded', 'query={hello}'],
    ['a form in parts', 'multipart/form-data; boundary=x', '--x--'],
    ['plain text, which needs no leave of another site either', 'text/plain', '{"query":"mutation { count }"}'],
  ])('is not taken from %s', async (_, type, body) => {
    const before = counted
    expect((await post(body, { 'content-type': type })).status).toBe(415)
    expect(counted).toBe(before)
  })

  it('has at most a megabyte', async () => {
    const query = `{ hello(name: "${'x'.repeat(1024 * 1024)}") }`
    expect((await post(JSON.stringify({ query }))).status).toBe(413)
  })

  it('by GET changes nothing', async () => {
    const before = counted
    expect((await get('mutation { count }')).status).toBe(405)
    expect(counted).toBe(before)
    expect(await ask('mutation { count }')).toEqual({ data: { count: before + 1 } })
  })
})

describe('an error', () => {
  it('that nobody expected says nothing to the client, and everything to the log', async () => {
    logged.length = 0
    const answer = await ask('{ hello fails }')
    expect(answer).toMatchObject({
      data: { hello: 'hello you', fails: null },
      errors: [{ message: 'Unexpected error.', path: ['fails'] }],
    })
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|stack/)
    expect(logged.map(line => JSON.parse(line))).toMatchObject([
      { level: 'error', path: ['fails'], error: expect.stringContaining('at db-7') },
    ])
  })

  it('before any field is told to the log as well', async () => {
    logged.length = 0
    const answer = await post('{"query":"{ hello }"}', { ...json, 'x-broken': 'yes', 'x-request-id': 'r1' })
    expect(await answer.text()).not.toContain('store')
    expect(logged.map(line => JSON.parse(line))).toMatchObject([{ error: 'Error: no store today', trace_id: 'r1' }])
  })

  it('that was meant for the client is shown, and is none of the log’s business', async () => {
    logged.length = 0
    expect((await ask('{ refuses }')).errors).toMatchObject([
      { message: 'not like that', extensions: { code: 'TRY_ANOTHER' } },
    ])
    expect(logged).toEqual([])
  })

  it('of a field that cannot be null is one too', async () => {
    expect(await ask('{ nothing }')).toMatchObject({ data: null, errors: [{ path: ['nothing'] }] })
  })
})

describe('a subscription', () => {
  it.each([
    ['/graphql/stream', {}],
    ['/graphql', { accept: 'text/event-stream' }],
  ])('at %s comes as events; what ends it badly is told to the log alone', async (path, headers) => {
    logged.length = 0
    const query = encodeURIComponent('subscription { numbers(last: 3) }')
    const answer = await app.request(`${path}?query=${query}`, { headers }, env)
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const text = await answer.text()
    expect([...text.matchAll(/"numbers":(\d)/g)].map(([, number]) => number)).toEqual(['1', '2', '3'])
    expect(text).not.toContain('tears')
    expect(logged.join()).toContain('the numbers ended in tears')
  })

  it('ends with its listener, though nothing comes', async () => {
    const waiting = Promise.withResolvers<void>()
    const silent = new Hono<{ Bindings: Env }>()
    const subscribe = () => ({
      next: () => new Promise<never>(() => {}),
      return: async () => {
        waiting.resolve()
        return { done: true as const, value: undefined }
      },
      [Symbol.asyncIterator]() {
        return this
      },
    })
    graphqlEndpoint(silent, {
      schema,
      resolvers: { Subscription: { numbers: { subscribe } } },
      contextOf: async () => ({}),
    })
    const query = encodeURIComponent('subscription { numbers(last: 3) }')
    const request = new Request(`http://shop/graphql/stream?query=${query}`)
    const answer = await silent.fetch(request, env)
    const reader = answer.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await waiting.promise
  })
})

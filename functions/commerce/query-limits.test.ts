import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import type { Env } from '../lib/env.ts'
import { graphqlEndpoint, type Resolvers } from './graphql-endpoint.ts'

const schema = /* GraphQL */ `
  type Query {
    boss: Person
    people(first: Int = 50): [Person!]!
  }
  type Mutation {
    hire(name: String!): Person
  }
  type Person {
    name: String!
    boss: Person
    staff(first: Int = 50): [Person!]!
    titles: [String!]!
  }
`

let hired: string[] = []
const ann = { name: 'Ann', boss: () => ann, staff: () => [ann], titles: ['Dr'] }
const resolvers: Resolvers<object> = {
  Query: { boss: () => ann, people: () => [ann] },
  Mutation: {
    hire: (_, { name }) => {
      hired.push(name)
      return ann
    },
  },
}

const app = new Hono<{ Bindings: Env }>()
const limits = { depth: 3, aliases: 2, lists: 1, tokens: 60 }
graphqlEndpoint(app, { schema, resolvers, contextOf: async () => ({}), limits })

interface Answer {
  data?: unknown
  errors?: { message: string; extensions?: { code?: string } }[]
}
async function ask(query: string, headers: Record<string, string> = {}, body = JSON.stringify({ query })) {
  const answer = await app.request('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  return { status: answer.status, headers: answer.headers, ...(JSON.parse((await answer.text()) || '{}') as Answer) }
}

describe('a query within the limits is answered', () => {
  it.each([
    ['as deep as may be', '{ boss { boss { name } } }'],
    ['with as many aliases as may be', '{ a: boss { b: name } }'],
    ['with one list', '{ people { name titles } }'],
    ['with lists side by side', '{ people { name } boss { staff { name } } }'],
    ['with a fragment', '{ boss { ...who } } fragment who on Person { name }'],
    ['with an inline fragment', '{ boss { ... on Person { name } ... { titles } } }'],
    ['of the schema, which counts as one field', '{ __schema { types { fields { type { ofType { name } } } } } }'],
  ])('%s', async (_, query) => {
    expect((await ask(query)).errors).toBeUndefined()
  })
})

describe('a query beyond them is refused, and says why', () => {
  const tooDeep = 'the query is 4 fields deep: at most 3'
  const tooMany = 'the query has 3 aliases: at most 2'
  const tooWide = 'the query has 2 lists inside each other: at most 1'
  it.each([
    ['too deep', '{ boss { boss { boss { name } } } }', tooDeep],
    ['too deep by a fragment', '{ boss { ...b } } fragment b on Person { boss { boss { name } } }', tooDeep],
    ['too deep by an inline fragment', '{ boss { ... { boss { boss { name } } } } }', tooDeep],
    ['too many aliases', '{ a: boss { name } b: boss { name } c: boss { name } }', tooMany],
    ['aliases of a fragment spread twice', '{ a: boss { ...t } } fragment t on Person { b: name c: name }', tooMany],
    ['lists in lists', '{ people { staff { name } } }', tooWide],
    ['lists in lists by a fragment', '{ people { ...s } } fragment s on Person { staff { name } }', tooWide],
    ['lists in lists under other names', '{ people { all: staff { name } } }', tooWide],
  ])('%s', async (_, query, reason) => {
    const { data, errors } = await ask(query)
    expect(data).toBeUndefined()
    expect(errors).toEqual([expect.objectContaining({ message: reason, extensions: { code: 'QUERY_TOO_LARGE' } })])
  })

  it('two operations count each by itself', async () => {
    const both = 'query A { a: boss { name } } query B { a: boss { name } b: boss { name } }'
    expect((await ask('', {}, JSON.stringify({ query: both, operationName: 'A' }))).errors).toBeUndefined()
  })

  it('a document of too many words is not even read to its end', async () => {
    expect((await ask(`{ ${'boss { name } '.repeat(20)} }`)).errors?.[0]?.message).toContain('60 tokens')
  })

  it('a fragment inside itself ends, as a mistake', async () => {
    const query = '{ boss { ...f } } fragment f on Person { boss { ...f } }'
    expect((await ask(query)).errors?.[0]?.message).toContain('itself')
  })

  it('nothing of a mutation that is too large happens', async () => {
    hired = []
    await ask('mutation { a: hire(name: "A") { name } b: hire(name: "B") { name } c: hire(name: "C") { name } }')
    expect(hired).toEqual([])
  })
})

describe('what a page of another site could send', () => {
  it.each(['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain'])(
    '%s is no query',
    async type => {
      hired = []
      const body = new URLSearchParams({ query: 'mutation { hire(name: "M") { name } }' }).toString()
      expect((await ask('', { 'content-type': type }, body)).status).toBe(415)
      expect(hired).toEqual([])
    },
  )

  it('a mutation by GET is none', async () => {
    hired = []
    const query = encodeURIComponent('mutation { hire(name: "M") { name } }')
    expect((await app.request(`/graphql?query=${query}`)).status).toBe(405)
    expect(hired).toEqual([])
  })

  it('no other origin may read the answer', async () => {
    const { headers } = await ask('{ boss { name } }', { origin: 'http://elsewhere.example' })
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })
})

it('a body of more than a megabyte is refused', async () => {
  expect(await ask('', {}, JSON.stringify({ query: ' '.repeat(1_100_000) }))).toMatchObject({
    status: 413,
    errors: [{ message: 'at most 1048576 bytes' }],
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openServices } from './services-under-test.ts'

const opened = () => openServices(['customers', 'users'])
let shop: ReturnType<typeof opened>
beforeEach(() => {
  shop = opened()
})
afterEach(() => shop.close())

interface Customer {
  id: string
  name: string
  email: string
}
const createCustomer = (name: string, email: string) =>
  shop.ask<{ createCustomer: Customer | null }>(
    'customers',
    'mutation ($name: String!, $email: String!) { createCustomer(name: $name, email: $email) { id name email } }',
    { name, email },
  )
const createUser = (variables: object) =>
  shop.ask<{ createUser: { email: string; roles: string[] } | null }>(
    'users',
    'mutation ($email: String!, $roles: [String!]) { createUser(email: $email, roles: $roles) { email roles } }',
    variables,
  )

describe('a newcomer', () => {
  it('is kept, found and told, with the address in small letters', async () => {
    const { data } = await createCustomer('  Bäckerei Çelik 🥐 ', ' Cafe@Exämple.com ')
    const made = { id: expect.any(String), name: 'Bäckerei Çelik 🥐', email: 'cafe@exämple.com' }
    expect(data.createCustomer).toEqual(made)
    const found = await shop.ask('customers', 'query ($id: ID!) { customer(id: $id) { id name email } }', {
      id: data.createCustomer?.id,
    })
    expect(found.data).toEqual({ customer: data.createCustomer })
    expect(shop.told).toMatchObject([{ type: 'customer.created', data: made }])
  })

  it('gets an address that nobody has, of all who ask for it at once', async () => {
    const addresses = Array.from({ length: 10 }, (_, index) => (index % 2 ? 'one@example.com' : 'ONE@example.com'))
    const answers = await Promise.all(addresses.map(email => createCustomer('Kiosk', email)))
    expect(answers.filter(({ data }) => data?.createCustomer)).toHaveLength(1)
    expect(answers.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions?.code))).toEqual(
      Array(9).fill('TAKEN'),
    )
  })

  it.each([
    '',
    ' ',
    'nowhere',
    '@',
    'a@',
    '@b',
    'a b@c',
    'a@b@c',
    'a\n@b',
    `${'x'.repeat(65)}@b`,
    `a@${'x'.repeat(256)}`,
  ])('has no address like %j', async email => {
    for (const answer of [await createCustomer('Kiosk', email), await createUser({ email })]) {
      expect(answer.errors?.[0]).toMatchObject({
        message: `"${email}" is no e-mail address`,
        extensions: { code: 'BAD_USER_INPUT' },
      })
    }
    expect(shop.told).toEqual([])
  })

  it.each(['', '   ', '\t\n'])('is not called %j', async name => {
    expect((await createCustomer(name, 'a@b')).errors?.[0]?.message).toBe('a customer has a name')
  })

  it.each([
    [{ roles: ['admin', 'clerk'] }, ['admin', 'clerk']],
    [{ roles: [] }, []],
    [{ roles: null }, []],
    [{}, []],
  ])('to the back office with %j has the roles %j', async (given, roles) => {
    expect((await createUser({ email: 'new@example.com', ...given })).data.createUser).toEqual({
      email: 'new@example.com',
      roles,
    })
  })
})

describe('lists', () => {
  it.each([
    ['customers(first: 1)', 1],
    ['customers(first: -1)', 0],
    ['customers(first: 2147483647)', 2],
    ['customers(first: null)', 2],
  ])('%s has %i', async (field, count) => {
    expect((await shop.ask<{ list: object[] }>('customers', `{ list: ${field} { id } }`)).data.list).toHaveLength(count)
  })

  it('a batch keeps its places', async () => {
    const { data } = await shop.ask(
      'customers',
      '{ _customers(ids: ["c2", "nobody", "__proto__", "c1", "c2"]) { name } }',
    )
    expect(data).toEqual({
      _customers: [{ name: 'Night Market' }, null, null, { name: 'Corner Shop' }, { name: 'Night Market' }],
    })
  })
})

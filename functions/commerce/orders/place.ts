// Places an order: the lines are priced by the inventory, and one key gives one order.
import { ask } from '../ask.ts'
import { fact, type Line } from '../facts.ts'
import { refuse } from '../graphql-endpoint.ts'
import type { Call } from '../service.ts'
import { factsOf, newOrder, type Order } from './order.ts'

export interface Wanted {
  customerId: string
  lines: readonly { sku: string; quantity: number }[]
  key?: string | null
}

const mostLines = 50
const mostPieces = 1_000

/** Throws a `GraphQLError` for an order that cannot be. Rejects, and may be repeated with the same key, when a peer is away. */
export async function place(wanted: Wanted, call: Call): Promise<Order> {
  check(wanted)
  const id = await idOf(wanted)
  const known = (await call.store.get('orders', id)) as Order | undefined
  const order = known ?? (await insert(wanted, id, call))
  return order.announced ? order : announce(order, call)
}

/** Tells everybody of an order: until this has succeeded once nothing happens to it. */
export async function announce(order: Order, { store, tell }: Call): Promise<Order> {
  await tell(fact('order.placed', 'orders', order._id, factsOf(order), undefined, Date.parse(order.placedAt)))
  return ((await store.update('orders', order._id, { announced: true })) ?? order) as Order
}

function check({ lines }: Wanted): void {
  if (lines.length === 0 || lines.length > mostLines) throw refuse(`an order has 1 to ${mostLines} lines`)
  const wrong = lines.find(({ quantity }) => quantity < 1 || quantity > mostPieces)
  if (wrong) throw refuse(`"${wrong.sku}": a quantity is 1 to ${mostPieces}`)
}

async function insert({ customerId, lines }: Wanted, id: string, call: Call): Promise<Order> {
  const [priced] = await Promise.all([price(lines, call), checkCustomer(customerId, call)])
  const order = newOrder(id, customerId, priced, Date.now())
  await call.store.insert('orders', order)
  // Somebody with the same key may have been quicker.
  return ((await call.store.get('orders', id)) ?? order) as Order
}

interface Offer {
  sku: string
  title: string
  price: number
  digital: boolean
}

async function price(lines: Wanted['lines'], { env, headers }: Call): Promise<Line[]> {
  const query = 'query ($skus: [ID!]!) { _products(skus: $skus) { sku title price digital } }'
  const variables = { skus: lines.map(({ sku }) => sku) }
  const { _products: offers } = await ask<{ _products: (Offer | null)[] }>(env, 'inventory', {
    query,
    variables,
    headers,
  })
  return lines.map(({ sku, quantity }, index) => {
    const offer = offers[index]
    if (!offer) throw refuse(`there is no product "${sku}"`)
    return { ...offer, quantity }
  })
}

async function checkCustomer(id: string, { env, headers }: Call): Promise<void> {
  const query = 'query ($id: ID!) { customer(id: $id) { id } }'
  const { customer } = await ask<{ customer: object | null }>(env, 'customers', { query, variables: { id }, headers })
  if (!customer) throw refuse(`there is no customer "${id}"`)
}

/** Made of the key where there is one: whoever repeats a call gets the order of the first one. */
async function idOf({ customerId, key }: Wanted): Promise<string> {
  if (!key) return crypto.randomUUID()
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${customerId}\n${key}`))
  return Array.from(new Uint8Array(digest).subarray(0, 16), byte => byte.toString(16).padStart(2, '0')).join('')
}

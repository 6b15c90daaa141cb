// The shop as its customers reach it: GraphQL at the frontend, through the gateway.
import { Agent, request } from 'node:http'
import type { AuditedOrder, Shelf } from './shop-audit.ts'

export interface ShopClient {
  /** The id of the order placed with this key, now or by an earlier call. Rejects when no answer or errors came. */
  place(wanted: Wanted): Promise<string>
  shelves(): Promise<Shelf[]>
  /** Adds pieces; once, however often it is called. */
  restock(sku: string, quantity: number): Promise<void>
  /** The order with every fact the log has of it. */
  order(id: string): Promise<AuditedOrder>
}

export interface Wanted {
  key: string
  sku: string
  quantity: number
}

const host = 'crowdcrunch.example.com'
const agent = new Agent({ keepAlive: true })
/** Longer than the longest pause of a step that is tried again. */
const patienceMs = 15_000

/** A client of whatever `port` says at the time of a call: a runtime that starts anew listens elsewhere. */
export function shopClient(port: () => number): ShopClient {
  const gql = <T>(query: string, variables: object = {}) => ask<T>(port(), JSON.stringify({ query, variables }))
  return {
    async place({ key, sku, quantity }) {
      const query =
        'mutation ($lines: [LineInput!]!, $key: String) { placeOrder(customerId: "c1", lines: $lines, key: $key) { id } }'
      const { placeOrder } = await gql<{ placeOrder: { id: string } }>(query, { lines: [{ sku, quantity }], key })
      return placeOrder.id
    },
    async shelves() {
      return (await gql<{ products: Shelf[] }>('{ products { sku stock held sold } }')).products
    },
    async restock(sku, quantity) {
      const query =
        'mutation ($sku: ID!, $quantity: Int!) { restock(sku: $sku, quantity: $quantity, key: "soak") { sku } }'
      await gql(query, { sku, quantity })
    },
    async order(id) {
      const query =
        'query ($id: ID!) { order(id: $id) { id status lines { sku quantity } payments { kind } } log(orderId: $id) { type } }'
      const { order, log } = await gql<Told>(query, { id })
      const kinds = order.payments.map(payment => payment.kind)
      return { ...order, payments: kinds, facts: log.map(fact => fact.type) }
    },
  }
}

interface Told {
  order: Omit<AuditedOrder, 'facts' | 'payments'> & { payments: { kind: string }[] }
  log: { type: string }[]
}

function ask<T>(port: number, body: string): Promise<T> {
  const headers = { host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/graphql', method: 'POST', agent, headers, timeout: patienceMs }
    const sent = request(options, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.once('end', () => {
        try {
          resolve(dataOf<T>(answer.statusCode ?? 0, text))
        } catch (error) {
          reject(error)
        }
      })
      answer.once('error', reject)
    })
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${patienceMs} ms`)))
    sent.once('error', reject).end(body)
  })
}

function dataOf<T>(status: number, text: string): T {
  if (status !== 200) throw new Error(`the shop answered ${status}: ${text.slice(0, 200)}`)
  const { data, errors } = JSON.parse(text) as { data: T; errors?: { message: string }[] }
  if (errors) throw new Error(errors.map(({ message }) => message).join('; '))
  return data
}

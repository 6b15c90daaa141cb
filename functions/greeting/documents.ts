// Reading back what a service has stored: for people, and for tests.
import type { Context } from 'hono'
import type { Env } from '../lib/env.ts'
import { storeOf } from '../lib/stores.ts'
import { json } from './routes.ts'

const defaultLimit = 100
const largestLimit = 1_000

/** The newest documents of a collection first, at most `?limit=`; the header x-total-count says how many there are. */
export async function documents(c: Context<{ Bindings: Env }>, collection: string): Promise<Response> {
  const asked = c.req.query('limit')
  const limit = asked === undefined ? defaultLimit : Number(asked)
  if (!(Number.isInteger(limit) && limit >= 0 && limit <= largestLimit)) {
    const error = `limit "${asked}" should be a number from 0 to ${largestLimit}`
    return new Response(`${JSON.stringify({ error })}\n`, { status: 400, headers: json })
  }
  const store = await storeOf(c.env)
  const found = (await store?.list(collection, limit)) ?? []
  const total = (await store?.count(collection)) ?? 0
  return new Response(`${JSON.stringify(found)}\n`, { headers: { ...json, 'x-total-count': String(total) } })
}

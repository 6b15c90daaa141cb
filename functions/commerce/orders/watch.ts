// The statuses of one order as they come, for whoever watches: the past ones first, ending with the last.
import type { Env } from '../../lib/env.ts'
import type { Store } from '../../lib/store.ts'
import { topicsOf } from '../../lib/topics.ts'
import { refuse } from '../graphql-endpoint.ts'
import { topicOf } from './follow.ts'
import { endings, type Order, type Status } from './order.ts'

/**
 * Each status once and in order, whichever instance changed it: a message only says that there is something to read,
 * and what is read is the order's own history.
 */
export async function* watchOrder(env: Env, store: Store, id: string): AsyncGenerator<{ orderStatus: Status }> {
  const leaving = new AbortController()
  try {
    const messages = await (await topicsOf(env)).subscribe(topicOf(id), leaving.signal)
    let seen = 0
    for (;;) {
      const order = (await store.get('orders', id)) as Order | undefined
      if (!order) throw refuse(`there is no order "${id}"`, 'NOT_FOUND')
      for (const { status } of order.history.slice(seen)) yield { orderStatus: status }
      seen = order.history.length
      if (endings.includes(order.status) || (await messages.next()).done) return
    }
  } finally {
    leaving.abort()
  }
}

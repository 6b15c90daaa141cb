// logging: keeps every fact that is told in the shop, and can be asked.
import type { Fact } from '../facts.ts'
import { loggingSchema } from '../logging.schema.ts'
import { type Paged, pageSize } from '../rows.ts'
import { type Call, service } from '../service.ts'
import { inCausalOrder, type Told } from './causal-order.ts'

export { requireStore as start } from '../../lib/stores.ts'

const collection = 'facts'
const dead = 'undelivered'
const mostRows = 1_000

export default service({
  schema: loggingSchema,
  resolvers: {
    Query: {
      async log(_, { orderId, type, first }: Paged & { orderId?: string | null; type?: string | null }, { store }) {
        const where = { ...(orderId ? { subject: orderId } : {}), ...(type ? { type } : {}) }
        const found = await store.list(collection, pageSize(first, mostRows), { where })
        return inCausalOrder(found.map(asTold))
      },
      undelivered: async (_, { first }: Paged, { store }) =>
        (await store.list(dead, pageSize(first, mostRows))).map(asTold),
    },
  },
  consumers: {
    '/events': (told, call) => keep(collection, told, call),
    '/undelivered': (told, call) => keep(dead, told, call),
  },
  prepare: store => store.prepare(collection, { indexed: ['subject', 'type'] }),
})

async function keep(where: string, { id, data, ...attributes }: Fact, { store }: Call): Promise<undefined> {
  // A fact may carry nothing at all.
  await store.insert(where, { _id: id, ...attributes, data: JSON.stringify(data ?? null) })
}

function asTold(document: object): Told {
  const { _id, ...rest } = document as { _id: string; cause: string; time: string }
  return { ...rest, id: _id }
}

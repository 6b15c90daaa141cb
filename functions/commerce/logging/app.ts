// logging: keeps every fact that is told in the shop, and can be asked.
import { loggingSchema } from '../logging.schema.ts'
import { service } from '../service.ts'
import { inCausalOrder, type Told } from './causal-order.ts'

export { requireStore as start } from '../../lib/stores.ts'

const collection = 'facts'
const mostRows = 1_000

export default service({
  schema: loggingSchema,
  resolvers: {
    Query: {
      async log(_, { orderId, type, first }, { store }) {
        const where = { ...(orderId ? { subject: orderId } : {}), ...(type ? { type } : {}) }
        const found = await store.list(collection, Math.min(Math.max(0, first), mostRows), { where })
        return inCausalOrder(found.map(asTold))
      },
    },
  },
  consumers: {
    async '/events'(told, { store }) {
      const { id, data, ...attributes } = told
      await store.insert(collection, { _id: id, ...attributes, data: JSON.stringify(data) })
      return undefined
    },
  },
  prepare: store => store.prepare(collection, { indexed: ['subject', 'type'] }),
})

function asTold(document: object): Told {
  const { _id, ...rest } = document as { _id: string; cause: string; time: string }
  return { ...rest, id: _id }
}

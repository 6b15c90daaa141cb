// customers: who buys.
import { customersSchema } from '../customers.schema.ts'
import { refuse } from '../graphql-endpoint.ts'
import { welcome } from '../people.ts'
import { type ById, type ByIds, type Paged, row, rows, rowsById } from '../rows.ts'
import { service } from '../service.ts'

export { requireStore as start } from '../../lib/stores.ts'

const collection = 'customers'

export default service({
  schema: customersSchema,
  resolvers: {
    Query: {
      customer: async (_, { id }: ById, { store }) => row(await store.get(collection, id)),
      customers: (_, { first }: Paged, { store }) => rows(store, collection, first),
      _customers: (_, { ids }: ByIds, { store }) => rowsById(store, collection, ids),
    },
    Mutation: {
      createCustomer(_, { name, email }: { name: string; email: string }, call) {
        if (name.trim() === '') throw refuse('a customer has a name')
        const id = crypto.randomUUID()
        return welcome({ collection, id, email, fields: { name: name.trim() }, type: 'customer.created' }, call)
      },
    },
  },
  async prepare(store) {
    await store.prepare(collection, { unique: ['email'] })
    await store.insert(collection, { _id: 'c1', name: 'Corner Shop', email: 'corner@example.com' })
    await store.insert(collection, { _id: 'c2', name: 'Night Market', email: 'night@example.com' })
  },
})

// users: the people of the back office.
import { welcome } from '../people.ts'
import { type ById, type Paged, row, rows } from '../rows.ts'
import { service } from '../service.ts'
import { usersSchema } from '../users.schema.ts'

export { requireStore as start } from '../../lib/stores.ts'

const collection = 'users'

export default service({
  schema: usersSchema,
  resolvers: {
    Query: {
      user: async (_, { id }: ById, { store }) => row(await store.get(collection, id)),
      users: (_, { first }: Paged, { store }) => rows(store, collection, first),
    },
    Mutation: {
      createUser(_, { email, roles }: { email: string; roles: readonly string[] | null }, call) {
        const fields = { roles: roles ?? [] }
        return welcome({ collection, id: crypto.randomUUID(), email, fields, type: 'user.created' }, call)
      },
    },
  },
  async prepare(store) {
    await store.prepare(collection, { unique: ['email'] })
    await store.insert(collection, { _id: 'u1', email: 'office@example.com', roles: ['admin'] })
  },
})

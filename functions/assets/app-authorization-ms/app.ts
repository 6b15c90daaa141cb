// app-authorization-ms: who may do what with which application, as the applications' configurations say.
import { takeEvents } from '../../lib/event-endpoint.ts'
import { recall, recordOf, remember } from '../read-model.ts'
import { keeperOf } from '../records.ts'
import { service } from '../service.ts'

export { requireStore as start } from '../../lib/stores.ts'

const collection = 'applications'
const app = service('app-authorization-ms')

interface Permission {
  action: string
  users: readonly string[]
}

// What nobody allowed is forbidden.
app.get('/authorize', async c => {
  const { user = '', app: name = '', action = '' } = c.req.query()
  const known = await recall(await keeperOf(c.env), collection, name)
  const permissions = (known?.permissions ?? []) as readonly Permission[]
  const allowed = permissions.some(one => matches([one.action], action) && matches(one.users, user))
  return c.json({ allowed })
})

/** `*` stands for everything, but not for nothing. */
function matches(allowed: readonly string[], wanted: string): boolean {
  return wanted !== '' && (allowed.includes(wanted) || allowed.includes('*'))
}

takeEvents(app, '/events', async (event, env) => {
  await remember(await keeperOf(env), collection, recordOf(event), event.type === 'appconfig.deleted')
  return undefined
})

export default app

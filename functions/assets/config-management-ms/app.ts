// config-management-ms: owns the configurations of applications.
import { owning } from '../owning.ts'
import { type Fields, type Owner, type Versioned, visible } from '../records.ts'
import { type App, idIn, objectIn, refuse, service } from '../service.ts'

export { requireStore as start } from '../../lib/stores.ts'

const owner: Owner = { collection: 'applications', kind: 'appconfig', source: 'config-management-ms' }
const mostApplications = 200

const app: App = service('config-management-ms')
const { recordsOf, present } = owning<Versioned>(app, owner, 'application')

app.post('/applications', async c => {
  const given = await objectIn(c.req)
  const created = await recordsOf(c).create(idIn(given), configIn(given))
  if (!created) throw refuse(409, 'an application with this id is there already')
  return c.json(visible(created), 201)
})

app.get('/applications', async c => c.json((await recordsOf(c).list(mostApplications)).map(visible)))

app.get('/applications/:id', async c => c.json(visible(present(await recordsOf(c).get(c.req.param('id'))))))

app.put('/applications/:id', async c => {
  const config = configIn(await objectIn(c.req))
  return c.json(visible(present(await recordsOf(c).update(c.req.param('id'), () => config))))
})

app.delete('/applications/:id', async c => {
  present(await recordsOf(c).delete(c.req.param('id')))
  return c.body(null, 204)
})

/** Throws 400. */
function configIn({ name, permissions = [] }: Fields): Fields {
  if (name !== undefined && typeof name !== 'string') throw refuse(400, 'name: text')
  if (!Array.isArray(permissions) || !permissions.every(isPermission)) {
    throw refuse(400, 'permissions: a list of { "action": "…", "users": ["…"] }, where "*" stands for all')
  }
  return { name: name ?? '', permissions }
}

function isPermission(value: unknown): boolean {
  const { action, users } = (value ?? {}) as { action?: unknown; users?: unknown }
  return typeof action === 'string' && Array.isArray(users) && users.every(user => typeof user === 'string')
}

export default app

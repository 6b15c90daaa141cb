// config-management-ms: owns the configurations of applications.
import { takeEvents } from '../../lib/event-endpoint.ts'
import { propagate } from '../../lib/propagation.ts'
import { type Fields, type Owner, Records, type Versioned, visible } from '../records.ts'
import { type App, idIn, objectIn, refuse, service } from '../service.ts'

export { requireStore as start } from '../../lib/stores.ts'

const owner: Owner = { collection: 'applications', kind: 'appconfig', source: 'config-management-ms' }
const mostApplications = 200
const sweepSize = 100

const app: App = service('config-management-ms')
type Request = { env: Record<string, string | undefined>; req: { raw: { headers: Headers } } }
const recordsOf = (c: Request) => new Records<Versioned>(owner, c.env, propagate(c.req.raw.headers))

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

takeEvents(app, '/sweep', async (_event, env, headers) => {
  await new Records(owner, env, headers).tellForgotten(sweepSize)
  return undefined
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

function present(record: Versioned | undefined): Versioned {
  if (record) return record
  throw refuse(404, 'there is no such application')
}

export default app

// user-management-ms: owns users and their profiles; registration, reset, and the end of a user with all that hangs on it.
import { takeEvents } from '../../lib/event-endpoint.ts'
import { hashPassword } from '../../lib/passwords.ts'
import { propagate } from '../../lib/propagation.ts'
import { addressOf, exceeded } from '../limits.ts'
import { recordOf } from '../read-model.ts'
import { keeperOf, Records } from '../records.ts'
import { type App, idIn, objectIn, refuse, service } from '../service.ts'
import { resetCredential } from './reset.ts'
import { addressIn, owner, passwordIn, profileIn, shown, type User } from './user.ts'

export { requireStore as start } from '../../lib/stores.ts'

const mostUsers = 200
const sweepSize = 100

const app: App = service('user-management-ms')
type Request = { env: Record<string, string | undefined>; req: { raw: { headers: Headers } } }
const usersOf = (c: Request) => new Records<User>(owner, c.env, propagate(c.req.raw.headers))

app.on('POST', ['/users', '/users/register'], async c => {
  const tooOften = c.req.path.endsWith('/register')
    ? await exceeded(c.env, 'registration', addressOf(c.req.raw.headers))
    : undefined
  if (tooOften) return tooOften
  const given = await objectIn(c.req)
  await (await keeperOf(c.env)).prepare(owner.collection, { unique: ['email'] })
  const id = idIn(given)
  const [email, password] = [addressIn(given), passwordIn(given, 'password')]
  const fields = { email, profile: profileIn(given), credential: await hashPassword(password), sessionsFrom: 0 }
  const created = await usersOf(c).create(id, fields)
  if (!created) throw refuse(409, 'a user with this id or e-mail address is there already')
  return c.json(shown(created), 201)
})

app.get('/users', async c => c.json((await usersOf(c).list(mostUsers)).map(shown)))

app.get('/users/:id', async c => c.json(shown(present(await usersOf(c).get(c.req.param('id'))))))

app.put('/users/:id', async c => {
  const given = await objectIn(c.req)
  const fields = { ...('email' in given ? { email: addressIn(given) } : {}), profile: profileIn(given) }
  return c.json(shown(present(await usersOf(c).update(c.req.param('id'), () => fields))))
})

// Its assets are released by their own service; when that gives up, the user comes back (/deletion-failed).
app.delete('/users/:id', async c => {
  present(await usersOf(c).delete(c.req.param('id')))
  return c.body(null, 204)
})

app.get('/users/:id/profile', async c => c.json(present(await usersOf(c).get(c.req.param('id'))).profile))

app.put('/users/:id/profile', async c => {
  const profile = await objectIn(c.req)
  return c.json(present(await usersOf(c).update(c.req.param('id'), () => ({ profile }))).profile)
})

app.post('/users/:id/password-reset', async c => {
  const id = c.req.param('id')
  const tooOften = await exceeded(c.env, 'reset', id)
  if (tooOften) return tooOften
  await resetCredential(usersOf(c), id, c)
  return c.json({ accepted: true }, 202)
})

takeEvents(app, '/deletion-failed', async (event, env, headers) => {
  await new Records<User>(owner, env, headers).restore(recordOf(event).id)
  return undefined
})

takeEvents(app, '/sweep', async (_event, env, headers) => {
  await new Records<User>(owner, env, headers).tellForgotten(sweepSize)
  return undefined
})

function present(user: User | undefined): User {
  if (user) return user
  throw refuse(404, 'there is no such user')
}

export default app

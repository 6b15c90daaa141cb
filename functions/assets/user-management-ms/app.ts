// user-management-ms: owns users and their profiles; registration, reset, and the end of a user with all that hangs on it.
import { afterAnswer } from '../../lib/after-answer.ts'
import { takeEvents } from '../../lib/event-endpoint.ts'
import { propagate } from '../../lib/propagation.ts'
import { KeyTaken } from '../../lib/store.ts'
import { addressOf, exceeded } from '../limits.ts'
import { owning } from '../owning.ts'
import { passwordIn } from '../password.ts'
import { recordOf } from '../read-model.ts'
import { type Fields, keeperOf, type Records } from '../records.ts'
import { type App, idIn, objectIn, refuse, service } from '../service.ts'
import { keepPassword } from './credential.ts'
import { resetPassword } from './reset.ts'
import { addressIn, owner, profileIn, shown, type User } from './user.ts'

export { requireStore as start } from '../../lib/stores.ts'

const mostUsers = 200

const app: App = service('user-management-ms')
const { recordsOf, recordsFor, present } = owning<User>(app, owner, 'user')

// The password is kept before the user is: a user that is there can always log in, once the authentication has heard of it.
app.on('POST', ['/users', '/users/register'], async c => {
  const headers = c.req.raw.headers
  const isOpen = c.req.path.endsWith('/register')
  const tooOften = isOpen ? await exceeded(c.env, 'registration', addressOf(headers)) : undefined
  if (tooOften) return tooOften
  const given = await objectIn(c.req)
  const id = idIn(given)
  const fields = { email: addressIn(given), profile: profileIn(given) }
  const password = passwordIn(given, 'password')
  await (await keeperOf(c.env)).prepare(owner.collection, { unique: ['email'] })
  const credentialId = await keepPassword({ env: c.env, headers: propagate(headers) }, id, password)
  const created = await recordsOf(c).create(id, { ...fields, credentialId })
  if (!created) throw refuse(409, 'a user with this id or e-mail address is there already')
  return c.json(shown(created), 201)
})

app.get('/users', async c => c.json((await recordsOf(c).list(mostUsers)).map(shown)))

app.get('/users/:id', async c => c.json(shown(present(await recordsOf(c).get(c.req.param('id'))))))

// What is not said stays as it is.
app.put('/users/:id', async c => {
  const given = await objectIn(c.req)
  const email = 'email' in given ? { email: addressIn(given) } : {}
  const profile = 'profile' in given || 'name' in given ? { profile: profileIn(given) } : {}
  return c.json(shown(present(await changeUser(recordsOf(c), c.req.param('id'), { ...email, ...profile }))))
})

/** Throws 409 when the address is somebody else's. */
async function changeUser(users: Records<User>, id: string, fields: Fields): Promise<User | undefined> {
  try {
    return await users.update(id, () => fields)
  } catch (error) {
    if (error instanceof KeyTaken) throw refuse(409, 'a user with this e-mail address is there already')
    throw error
  }
}

// Its assets are released by their own service; when that gives up, the user comes back (/deletion-failed).
app.delete('/users/:id', async c => {
  present(await recordsOf(c).delete(c.req.param('id')))
  return c.body(null, 204)
})

app.get('/users/:id/profile', async c => c.json(present(await recordsOf(c).get(c.req.param('id'))).profile))

app.put('/users/:id/profile', async c => {
  const profile = await objectIn(c.req)
  return c.json(present(await recordsOf(c).update(c.req.param('id'), () => ({ profile }))).profile)
})

app.post('/users/:id/password-reset', async c => {
  const id = c.req.param('id')
  const tooOften = await exceeded(c.env, 'reset', id)
  if (tooOften) return tooOften
  const caller = { env: c.env, headers: propagate(c.req.raw.headers) }
  const after = (work: Promise<void>) => afterAnswer(c, work)
  await resetPassword({ ...caller, users: recordsOf(c), id, after }, await c.req.text())
  return c.json({ accepted: true }, 202)
})

takeEvents(app, '/deletion-failed', async (event, env, headers) => {
  await recordsFor(env, headers).restore(recordOf(event).id)
  return undefined
})

export default app

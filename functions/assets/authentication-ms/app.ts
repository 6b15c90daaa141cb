// authentication-ms: who somebody is. Keeps credentials, signs tokens for users it was told of, and knows which count no more.
import { takeEvents } from '../../lib/event-endpoint.ts'
import { exceeded } from '../limits.ts'
import { passwordIn } from '../password.ts'
import { recordOf, remember } from '../read-model.ts'
import { keeperOf } from '../records.ts'
import { idIn, objectIn, refuse, service } from '../service.ts'
import { findUser, forgetUnused, isKept, keepPassword } from './credentials.ts'
import { publicKeys, rotate } from './keys.ts'
import { issue, revoke, verify } from './tokens.ts'

export { requireStore as start } from '../../lib/stores.ts'

/** An e-mail address is the longest name there is. */
const longestName = 320
const app = service('authentication-ms')
const refused = (error: string) => Response.json({ error }, { status: 401, headers: { 'www-authenticate': 'Bearer' } })

app.post('/login', async c => {
  const { userId, email, username, password } = await objectIn(c.req)
  const name = [userId, email, username].find(one => typeof one === 'string') as string | undefined
  if (name === undefined || name.length > longestName || typeof password !== 'string')
    return refused('userId or email, and password, are needed')
  const store = await keeperOf(c.env)
  const user = await findUser(store, name)
  // One account, under whichever of its names.
  const tooOften = await exceeded(c.env, 'login', user?._id ?? name.toLowerCase())
  if (tooOften) return tooOften
  if (!(await isKept(store, user?.credentialId ?? '', password)) || !user) return refused('wrong user or password')
  return c.json({ token: await issue(store, user, Date.now()), userId: user._id })
})

// For the owner of users, before it tells of a user: what is kept here is worth nothing until a user is told with it.
app.post('/credentials', async c => {
  const given = await objectIn(c.req)
  if (given.userId === undefined) throw refuse(400, 'userId: whose password it is')
  const userId = idIn({ id: given.userId })
  return c.json({ id: await keepPassword(await keeperOf(c.env), userId, passwordIn(given, 'password')) }, 201)
})

app.post('/credentials/:id/check', async c => {
  const { password } = await objectIn(c.req)
  const id = c.req.param('id')
  const tooOften = await exceeded(c.env, 'login', id)
  if (tooOften) return tooOften
  return c.json({ right: typeof password === 'string' && (await isKept(await keeperOf(c.env), id, password)) })
})

app.get('/verify', async c => {
  const session = await verify(await keeperOf(c.env), c.req.header('authorization'), Date.now())
  return session ? c.json(session) : refused('the token is none, is over, or was revoked')
})

app.post('/logout', async c => {
  await revoke(await keeperOf(c.env), c.req.header('authorization'), Date.now())
  return c.body(null, 204)
})

app.get('/.well-known/jwks.json', async c => c.json({ keys: await publicKeys(await keeperOf(c.env), Date.now()) }))

// Tokens signed before still count until they are over.
takeEvents(app, '/rotate', async (_event, env) => {
  await rotate(await keeperOf(env), Date.now())
  return undefined
})

takeEvents(app, '/sweep', async (_event, env) => {
  await forgetUnused(await keeperOf(env), Date.now())
  return undefined
})

takeEvents(app, '/events', async (event, env) => {
  await remember(await keeperOf(env), 'users', recordOf(event), event.type === 'user.deleted')
  return undefined
})

export default app

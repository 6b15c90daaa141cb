// authentication-ms: who somebody is. Signs tokens for users it was told of, and knows which of them count no more.
import { takeEvents } from '../../lib/event-endpoint.ts'
import { isPassword } from '../../lib/passwords.ts'
import { exceeded } from '../limits.ts'
import { recall, recordOf, remember } from '../read-model.ts'
import { keeperOf } from '../records.ts'
import { objectIn, service } from '../service.ts'
import { publicKeys, rotate } from './keys.ts'
import { issue, revoke, verify } from './tokens.ts'

export { requireStore as start } from '../../lib/stores.ts'

const collection = 'users'
/** An e-mail address is the longest name there is. */
const longestName = 320
const app = service('authentication-ms')
const refused = (error: string) => Response.json({ error }, { status: 401, headers: { 'www-authenticate': 'Bearer' } })

app.post('/login', async c => {
  const { userId, email, username, password } = await objectIn(c.req)
  const name = [userId, email, username].find(one => typeof one === 'string') as string | undefined
  if (name === undefined || name.length > longestName || typeof password !== 'string')
    return refused('userId or email, and password, are needed')
  const tooOften = await exceeded(c.env, 'login', name.toLowerCase())
  if (tooOften) return tooOften
  const store = await keeperOf(c.env)
  const user = await find(store, name)
  if (!(await isPassword(password, user?.credential as string | undefined)) || !user)
    return refused('wrong user or password')
  return c.json({ token: await issue(store, user._id, Date.now()), userId: user._id })
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

takeEvents(app, '/events', async (event, env) => {
  await remember(await keeperOf(env), collection, recordOf(event), event.type === 'user.deleted')
  return undefined
})

async function find(store: Awaited<ReturnType<typeof keeperOf>>, name: string) {
  const byId = await recall(store, collection, name)
  if (byId) return byId
  const [found] = await store.list(collection, 1, { where: { email: name.toLowerCase(), ended: false } })
  return found
}

export default app

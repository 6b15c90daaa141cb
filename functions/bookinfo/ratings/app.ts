// The ratings of a book: read, replaced, and in some variants of the service not to be had.
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { type Env, perEnv } from '../../lib/env.ts'
import { logOf } from '../../lib/log.ts'
import { storeOf } from '../../lib/stores.ts'
import { json } from '../content-types.ts'
import { productId } from '../product-id.ts'
import { isHealthy, moodOf, slownessMs } from './mood.ts'
import { asRatings, keepRatings, type Ratings, ratingsOf } from './stored-ratings.ts'

export { requireStore as start } from '../../lib/stores.ts'

export interface Surroundings {
  /** Draws from [0, 1). */
  draw(): number
  /** Milliseconds since the epoch. */
  now(): number
  pause(ms: number): Promise<void>
}

/** Chance and time; a test puts its own in their place. */
export const surroundings = perEnv<Surroundings>('ratings.surroundings', () => ({
  draw: Math.random,
  now: Date.now,
  pause: ms => new Promise(resolve => setTimeout(resolve, ms)),
}))

/** Ratings are a few stars: larger bodies are refused, in bytes. */
const maxSize = 65_536

type Call = Context<{ Bindings: Env }>

const app = new Hono<{ Bindings: Env }>()
const version = (env: Env) => env.SERVICE_VERSION ?? 'v1'

app.get('/health', c => {
  if (isHealthy(version(c.env), surroundings(c.env).now())) return answer(200, { status: 'Ratings is healthy' })
  return answer(500, { status: 'Ratings is not healthy' })
})

app.get('/ratings/:id', c => withProduct(c, id => read(c, id)))
app.post('/ratings/:id', bodyLimit({ maxSize }), c => withProduct(c, id => replace(c, id)))

async function withProduct(c: Call, act: (id: number) => Promise<Response>): Promise<Response> {
  const id = productId(c.req.param('id') ?? '')
  return id === undefined ? answer(400, { error: 'please provide numeric product ID' }) : act(id)
}

async function read(c: Call, id: number): Promise<Response> {
  const { draw, now, pause } = surroundings(c.env)
  const mood = moodOf(version(c.env), draw, now())
  if (mood === 'unavailable') return answer(503, { error: 'Service unavailable' })
  if (mood === 'slow') await pause(slownessMs)
  return found(id, await ratingsOf(await storeOf(c.env), id))
}

async function replace(c: Call, id: number): Promise<Response> {
  // The variant with a database only reads what others wrote.
  if (version(c.env) === 'v2') return answer(501, { error: 'Post not implemented for database backed ratings' })
  const ratings = asRatings(await c.req.json().catch(() => undefined))
  if (!ratings) return answer(400, { error: 'please provide valid ratings JSON' })
  await keepRatings(await storeOf(c.env), id, ratings)
  logOf(c.env).info('rated', { product: id, ratings })
  return found(id, ratings)
}

const found = (id: number, ratings: Ratings) => answer(200, { id, ratings })

function answer(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status, headers: json })
}

export default app

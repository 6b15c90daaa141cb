// The shop's front: pages for people, the same as JSON for programs, and who is signed in.
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Env } from '../../lib/env.ts'
import { json, text } from '../content-types.ts'
import { productId } from '../product-id.ts'
import { ask, type Backend, type Fetched } from './backends.ts'
import { books } from './books.ts'
import { pageHeaders } from './frame.ts'
import { bookPage, indexPage } from './pages.ts'
import { style } from './style.ts'
import { callHeaders, login, logout, visitorOf } from './visitor.ts'

export { requireKey as start } from './session-key.ts'

type Call = Context<{ Bindings: Env }>

/** A name and a password: larger forms are refused, in bytes. */
const maxSize = 16_384
/** The most calls FLOOD_FACTOR asks for. */
const mostFloods = 1_000

const app = new Hono<{ Bindings: Env }>()

app.get('/', index)
app.get('/index.html', index)
app.get('/health', () => new Response('Product page is healthy', { headers: text }))
app.get('/static/page.css', () => {
  return new Response(style, { headers: { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'no-cache' } })
})

app.get('/productpage', async c => {
  const user = await visitorOf(c)
  const [book] = books
  if (!book) return c.notFound()
  const headers = callHeaders(c, user)
  await flood(c.env, book.id, headers)
  const [details, reviews] = await Promise.all([
    ask(c.env, 'details', book.id, headers),
    ask(c.env, 'reviews', book.id, headers),
  ])
  return new Response(String(await bookPage({ user, book, details, reviews })), { headers: pageHeaders })
})

app.post('/login', bodyLimit({ maxSize }), login)
app.get('/logout', logout)

app.get('/api/v1/products', () => new Response(JSON.stringify(books), { headers: json }))
app.get('/api/v1/products/:id', c => product(c, 'details'))
app.get('/api/v1/products/:id/reviews', c => product(c, 'reviews'))
app.get('/api/v1/products/:id/ratings', c => product(c, 'ratings'))

async function index(c: Call): Promise<Response> {
  return new Response(String(await indexPage(await visitorOf(c))), { headers: pageHeaders })
}

/** What a service says of a product, with the status it said it with. */
async function product(c: Call, backend: Backend): Promise<Response> {
  const id = productId(c.req.param('id') ?? '')
  const { status, body }: Fetched =
    id === undefined
      ? { status: 400, body: { error: 'please provide numeric product id' } }
      : await ask(c.env, backend, id, callHeaders(c, await visitorOf(c)))
  return new Response(JSON.stringify(body), { status, headers: json })
}

/** FLOOD_FACTOR: so many calls of the reviews before each page, for exercises with circuit breakers. */
async function flood(env: Env, id: number, headers: Record<string, string>): Promise<void> {
  const factor = Math.min(Math.floor(Number(env.FLOOD_FACTOR)) || 0, mostFloods)
  await Promise.all(Array.from({ length: Math.max(factor, 0) }, () => ask(env, 'reviews', id, headers)))
}

export default app

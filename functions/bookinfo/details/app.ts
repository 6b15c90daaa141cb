// What is known of a book besides what people think of it.
import { Hono } from 'hono'
import type { Env } from '../../lib/env.ts'
import { json } from '../content-types.ts'
import { productId } from '../product-id.ts'

const app = new Hono<{ Bindings: Env }>()

app.get('/health', () => new Response('{"status":"Details is healthy"}', { headers: json }))

app.get('/details/:id', c => {
  const id = productId(c.req.param('id'))
  if (id === undefined) {
    return new Response('{"error":"please provide numeric product id"}', { status: 400, headers: json })
  }
  return new Response(JSON.stringify(detailsOf(id)), { headers: json })
})

/** Every id is the same edition; the order of the keys is that of the wire. */
function detailsOf(id: number): Record<string, string | number> {
  return {
    id,
    author: 'William Shakespeare',
    year: 1595,
    type: 'paperback',
    pages: 200,
    publisher: 'PublisherA',
    language: 'English',
    'ISBN-10': '1234567890',
    'ISBN-13': '123-1234567890',
  }
}

export default app

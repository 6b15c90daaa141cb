// frontend: the whole shop as one GraphQL schema, and a page to place an order and watch it move.
import { stitchSchemas } from '@graphql-tools/stitch'
import { Hono } from 'hono'
import { type Env, perEnv } from '../../lib/env.ts'
import { propagate } from '../../lib/propagation.ts'
import { graphqlEndpoint } from '../graphql-endpoint.ts'
import { page } from './page.ts'
import { script } from './script.ts'
import { style } from './style.ts'
import { type Passing, subschemasOf } from './subschemas.ts'

const app = new Hono<{ Bindings: Env }>()

const stitched = perEnv('commerce.stitched', env =>
  stitchSchemas<Passing>({ subschemas: subschemasOf(env), mergeTypes: true }),
)

graphqlEndpoint<Passing>(app, {
  schema: env => stitched(env),
  contextOf: async (env, request) => ({ env, headers: propagate(request.headers) }),
})

/** The page runs its own script and talks to its own origin: nothing else. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

function resource(path: string, type: string, body: string): void {
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  }
  app.get(path, () => new Response(body, { headers }))
}

resource('/', 'text/html', page)
resource('/page.css', 'text/css', style)
resource('/page.js', 'text/javascript', script)

export default app.notFound(() => Response.json({ error: 'no such path: GraphQL is at /graphql' }, { status: 404 }))

// frontend: the whole shop as one GraphQL schema, and a page to place an order and watch it move.
import { stitchSchemas } from '@graphql-tools/stitch'
import { Hono } from 'hono'
import { type Env, perEnv } from '../../lib/env.ts'
import { servePage } from '../../lib/page.ts'
import { propagate } from '../../lib/propagation.ts'
import { graphqlEndpoint } from '../graphql-endpoint.ts'
import { page } from './page.ts'
import { type Passing, subschemasOf } from './subschemas.ts'

const app = new Hono<{ Bindings: Env }>()

const stitched = perEnv('commerce.stitched', env =>
  stitchSchemas<Passing>({ subschemas: subschemasOf(env), mergeTypes: true }),
)

graphqlEndpoint<Passing>(app, {
  schema: env => stitched(env),
  contextOf: async (env, request) => ({ env, headers: propagate(request.headers) }),
  limits: { depth: 8, aliases: 20, lists: 2, tokens: 2_000 },
})

servePage(app, page)

export default app.notFound(() => Response.json({ error: 'no such path: GraphQL is at /graphql' }, { status: 404 }))

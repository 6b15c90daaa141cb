// GraphQL over HTTP: queries by GET and POST, subscriptions as server-sent events.
import { GraphQLError, type GraphQLSchema } from 'graphql'
import { createSchema, createYoga } from 'graphql-yoga'
import type { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Env } from '../lib/env.ts'
import { masking, tellsErrors } from './masked-errors.ts'
import { limiting, type QueryLimits } from './query-limits.ts'

/** What a parent and the arguments are is in the schema, which holds every call to it: each resolver names what it uses. */
export type Resolver<Context> = (parent: never, args: never, context: Context) => unknown
export interface Subscriber<Context> {
  subscribe(parent: never, args: never, context: Context): AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>
}
export type Resolvers<Context> = Record<string, Record<string, Resolver<Context> | Subscriber<Context>>>

export interface Endpoint<Context> {
  /** The language, with resolvers; or how to get a schema that has its own. */
  schema: string | ((env: Env) => GraphQLSchema)
  resolvers?: Resolvers<Context>
  /** What resolvers get for a request. */
  contextOf(env: Env, request: Request): Promise<Context>
  /** For an endpoint that strangers reach; none among the services themselves. */
  limits?: QueryLimits
}

/** Largest body taken. */
const mostBytes = 1024 * 1024

interface Given {
  env: Env
}

/**
 * Adds `/graphql` to the app. Errors thrown as `GraphQLError` are shown; of all others the client learns nothing, and
 * the log everything. `/graphql/stream` is the same endpoint for clients that cannot set `Accept`.
 */
export function graphqlEndpoint<Context>(app: Hono<{ Bindings: Env }>, endpoint: Endpoint<Context>): void {
  const { schema, resolvers, contextOf, limits } = endpoint
  const yoga = createYoga<Given>({
    schema:
      typeof schema === 'string'
        ? createSchema({ typeDefs: schema, resolvers: resolvers as never })
        : ({ env }) => schema(env),
    graphiql: false,
    landingPage: false,
    logging: false,
    // Pages of other sites have nothing to ask here.
    cors: false,
    multipart: false,
    context: ({ env, request }) => contextOf(env, request) as never,
    maskedErrors: masking,
    plugins: limits ? [tellsErrors, limiting(limits)] : [tellsErrors],
  })
  const answer = async (request: Request, env: Env) => yoga.fetch(request, { env })
  app.use('/graphql/*', bodyLimit({ maxSize: mostBytes, onError: () => refusal(413, `at most ${mostBytes} bytes`) }))
  app.use('/graphql/*', (c, next) => (isForm(c.req.raw) ? refusal(415, 'a form is no query: JSON is') : next()))
  app.on(['GET', 'POST'], '/graphql', c => answer(c.req.raw, c.env))
  app.on(['GET', 'POST'], '/graphql/stream', c => answer(asStream(c.req.raw), c.env))
}

/** What a page of another site can send without asking whether it may: a mutation among it. */
function isForm(request: Request): boolean {
  return request.headers.get('content-type')?.toLowerCase().includes('form') ?? false
}

function refusal(status: 413 | 415, message: string): Promise<Response> {
  return Promise.resolve(Response.json({ errors: [{ message }] }, { status }))
}

function asStream(request: Request): Request {
  const url = new URL(request.url)
  url.pathname = '/graphql'
  const headers = new Headers(request.headers)
  headers.set('accept', 'text/event-stream')
  return new Request(url, new Request(request, { headers }))
}

/** An error that the client is told: `code` is for programs. */
export function refuse(message: string, code = 'BAD_USER_INPUT'): GraphQLError {
  return new GraphQLError(message, { extensions: { code } })
}

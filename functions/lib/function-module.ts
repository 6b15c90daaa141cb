// What a function's module may export, and how each form becomes a Node request listener.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type ExecutionContext, Hono } from 'hono'
import type { Env } from './env.ts'
import type { GrpcExport, GrpcServer } from './grpc-server.ts'
import { logOf } from './log.ts'

export interface FunctionModule {
  /** A Hono app. */
  default?: unknown
  /** Or the name of a function registered with the Functions Framework (FUNCTION_TARGET wins; `function` if neither is set). */
  target?: unknown
  /** A `GrpcExport`: the gRPC services it serves beside, or instead of, its HTTP routes. */
  grpc?: unknown
  /** Runs before the function listens; what it throws keeps the function from starting. */
  start?: unknown
}

/** Work that goes on after an answer. */
export interface Background {
  add(work: Promise<unknown>): void
}

/** For listeners outside a server: their work simply runs. */
const unattended: Background = { add: work => void work.catch(() => {}) }

/** Makes the listener. Rejects with an Error that names what the module should export. */
export async function listenerOf(module: FunctionModule, env: Env, background: Background): Promise<RequestListener> {
  if (typeof module.start === 'function') await module.start(env)
  const app = module.default
  if (isFetchable(app)) return honoListener(app, env, background)
  if (isGrpc(module.grpc) && !module.target) return honoListener(new Hono(), env, background)
  return frameworkListener(env.FUNCTION_TARGET ?? (typeof module.target === 'string' ? module.target : 'function'), env)
}

/** The gRPC server of a module that has one. Rejects as the module's own `grpc` does. */
export async function grpcOf(
  { grpc }: FunctionModule,
  env: Env,
  background: Background,
): Promise<GrpcServer | undefined> {
  if (!isGrpc(grpc)) return undefined
  const [services, { grpcServer }] = await Promise.all([grpc(env, background), import('./grpc-server.ts')])
  return grpcServer(services)
}

function isGrpc(value: unknown): value is GrpcExport {
  return typeof value === 'function'
}

/** A Hono app, possibly from another copy of Hono. */
interface Fetchable {
  fetch(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response>
}

function isFetchable(value: unknown): value is Fetchable {
  return typeof value === 'object' && value !== null && 'fetch' in value && typeof value.fetch === 'function'
}

/** Serves a Hono app; its handlers see `env` as `c.env`, and `c.executionCtx.waitUntil` keeps work past the answer. */
export function honoListener(app: Fetchable, env: Env, background: Background = unattended): RequestListener {
  answerErrorsAsJson(app, env)
  const context = {
    waitUntil: (work: Promise<unknown>) => background.add(work),
    passThroughOnException() {},
    props: {},
  }
  return getRequestListener(request => app.fetch(request, env, context)) as RequestListener
}

/** Gives an app that has no error handler of its own one that answers JSON and logs the stack. */
function answerErrorsAsJson(app: object, env: Env): void {
  const handlerOf = (of: object) => ('errorHandler' in of ? of.errorHandler : undefined)
  if (!(app instanceof Hono) || handlerOf(app) !== handlerOf(new Hono())) return
  app.onError((error, c) => {
    if ('getResponse' in error) return error.getResponse()
    logOf(env).error('a handler failed', { path: c.req.path, error: error.stack ?? String(error) })
    return c.json({ error: 'Internal Server Error' }, 500)
  })
}

type Express = RequestListener & { use(handler: (...args: [unknown, unknown, ServerResponse, unknown]) => void): void }

/** Serves a function registered with the Functions Framework, which is loaded only now. */
async function frameworkListener(target: string, env: Env): Promise<RequestListener> {
  const { getFunction, getTestServer } = await import('@google-cloud/functions-framework/testing')
  if (!getFunction(target)) {
    throw new Error(
      `the function exports no Hono app as default, and registered none with the Functions Framework as "${target}"`,
    )
  }
  // The framework offers its listener only inside a server; ours adds the drain and the headers.
  const [express] = getTestServer(target).listeners('request') as [Express]
  // Without this, a body that cannot be parsed is answered with a page that shows the stack.
  express.use((error, _request, response, _next) => {
    const status = statusOf(error)
    const message = error instanceof Error ? error.message : String(error)
    if (status >= 500) logOf(env).error('a handler of the framework failed', { error: message })
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: status >= 500 ? 'Internal Server Error' : message }))
  })
  return (request, response) => {
    environments.set(request, env)
    express(request, response)
  }
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500
  return status >= 400 && status < 600 ? status : 500
}

const environments = new WeakMap<IncomingMessage, Env>()

/** The environment of a request to a Functions Framework function, which is given none by the framework. */
export function envOf(request: IncomingMessage): Env {
  return environments.get(request) ?? process.env
}

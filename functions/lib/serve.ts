// Serves one function over HTTP/1.1 and HTTP/2 on one listener: the container's command and the local program alike.
import { createServer, type Server } from 'node:http'
import { transport } from './call.ts'
import type { Env } from './env.ts'
import { front, stampsOf } from './front.ts'
import { type FunctionModule, grpcOf, listenerOf } from './function-module.ts'
import { closeChannels } from './grpc-client.ts'
import { http2Beside } from './http2-beside.ts'
import type { Http2Front } from './http2-front.ts'
import { flushLog, logOf } from './log.ts'
import { metricsOf } from './metrics.ts'
import { nodeTransport } from './node-transport.ts'

export interface ServeOptions {
  listen: { path: string } | { host: string; port: number }
  env: Record<string, string | undefined>
}

export interface Serving {
  /** Where it listens: the socket's path, or the port (asked for as 0, chosen by the system). */
  address: { path: string } | { host: string; port: number }
  /**
   * Drains: accepts no more, lets requests in flight and their background work end, and closes each connection after
   * its answer. What still runs after `graceMs` milliseconds is cut.
   */
  close(graceMs: number): Promise<void>
}

/** How long an idle connection stays open after the drain began, for a request that is already on its way. */
const lingerMs = 20
/** Whoever keeps connections to us decides when to drop them; closing first would race with the next request. */
const keepAliveTimeoutMs = 600_000

/** Starts to serve; resolves when it listens. Rejects when the module is no function, will not start, or the address is taken. */
export async function serve(module: object, options: ServeOptions): Promise<Serving> {
  const env: Env = { ...options.env }
  const outbound = nodeTransport(env)
  transport.provide(env, outbound.send)
  const background = new Set<Promise<unknown>>()
  const state = { draining: false }
  const keeping = { add: (work: Promise<unknown>) => keep(background, work, env) }
  const handle = await listenerOf(module as FunctionModule, env, keeping)
  const grpc = await grpcOf(module as FunctionModule, env, keeping)

  const server = createServer({ keepAliveTimeout: keepAliveTimeoutMs, requestTimeout: 0 }, front(handle, env, state))
  const count = (code: string) =>
    metricsOf(env).count('grpc_requests_total', 'gRPC calls answered, by status.', { code })
  const http2 = http2Beside(server, { grpc: grpc?.take, stamps: stampsOf(env), count })
  await listen(server, options.listen)
  surviveRejections(env)
  return {
    address: addressOf(server),
    async close(graceMs) {
      state.draining = true
      const cut = () => {
        http2.destroy()
        server.closeAllConnections()
      }
      await within(graceMs, drain(server, http2, background), cut)
      grpc?.close()
      closeChannels(env)
      await within(100, outbound.close(), () => {})
      flushLog()
    },
  }
}

function listen(server: Server, where: ServeOptions['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function addressOf(server: Server): Serving['address'] {
  const address = server.address()
  if (typeof address === 'string') return { path: address }
  return { host: address?.address ?? '', port: address?.port ?? 0 }
}

/** Remembers work until it ends; its failure is logged, for nobody else will look. */
function keep(background: Set<Promise<unknown>>, work: Promise<unknown>, env: Env): void {
  const settled = work.catch(error => logOf(env).error('work after an answer failed', { error: String(error) }))
  background.add(settled)
  void settled.finally(() => background.delete(settled))
}

async function drain(
  server: Server,
  http2: Pick<Http2Front, 'close'>,
  background: ReadonlySet<Promise<unknown>>,
): Promise<void> {
  const closed = new Promise<void>(resolve => {
    setTimeout(() => {
      server.close(() => resolve())
      http2.close()
    }, lingerMs)
  })
  await closed
  while (background.size > 0) await Promise.all(background)
}

/** Waits for `work`, but no longer than `ms`; then runs `giveUp` and goes on. */
async function within(ms: number, work: Promise<void>, giveUp: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => {
    // Node's timers hold 31 bits; a longer grace is as good as this one.
    timer = setTimeout(() => resolve(giveUp()), Math.min(ms, 2 ** 31 - 1))
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}

let surviving = false

/** A promise nobody waits for must not end the process with every other request in it. */
function surviveRejections(env: Env): void {
  if (surviving) return
  surviving = true
  process.on('unhandledRejection', reason => {
    logOf(env).error('unhandled rejection', {
      error: reason instanceof Error ? (reason.stack ?? reason.message) : String(reason),
    })
  })
}

/** PORT as platforms write it: `8080` or `:8080`. Throws on anything else. */
export function parsePort(text = '8080'): number {
  const port = Number(/^:?(\d{1,5})$/.exec(text)?.[1])
  if (!(port <= 65_535)) throw new Error(`PORT is "${text}", it should be a port number such as 8080 or :8080`)
  return port
}

/**
 * Serves `name` until SIGTERM, which lets requests in flight end, or SIGINT, which does not. Listens on PORT of all
 * interfaces. Rejects as `serve` does.
 */
export async function serveUntilTerminated(name: string, module: object): Promise<void> {
  const listen = { host: '0.0.0.0', port: parsePort(process.env.PORT) }
  const env = { ...process.env }
  const serving = await serve(module, { listen, env })
  logOf(env).info('serving', { app: name, port: listen.port })
  process.once('SIGTERM', () => void serving.close(graceMs).then(() => process.exit(0)))
  process.once('SIGINT', () => void serving.close(0).then(() => process.exit(0)))
}

/** Says why a function does not serve, and lets the process end as failed. */
export function reportFailure(name: string, error: unknown): void {
  console.error(`cannot serve ${name}: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

async function main(name: string | undefined): Promise<void> {
  if (!name || !/^[a-z0-9-]+\/[a-z0-9-]+$/.test(name))
    throw new Error('usage: node functions/lib/serve.ts SUITE/SERVICE')
  await serveUntilTerminated(name, await import(new URL(`../${name}/app.ts`, import.meta.url).href))
}

/** The longest a request may take on Knative by default; the platform cuts earlier when it wants to. In milliseconds. */
const graceMs = 300_000

if (import.meta.main) {
  const [name] = process.argv.slice(2)
  main(name).catch((error: unknown) => reportFailure(name ?? '', error))
}

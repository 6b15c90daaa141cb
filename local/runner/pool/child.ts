// The program of a pool process: boots with the frameworks loaded, waits, becomes one function, and ends with the runtime.
import * as http from 'node:http'
import { flushCompileCache } from 'node:module'
import { type AddressInfo, Socket } from 'node:net'
import { useProxies } from './env-proxies.ts'
import { evaluate, type FunctionModule } from './evaluate.ts'
import { type Assignment, channelFd, lineReader, type Report } from './protocol.ts'

/**
 * Runs the pool process; `preloaded` maps specifiers to modules that are already loaded, `keepCode` keeps V8's code
 * cache of this program.
 */
export function run(preloaded: Readonly<Record<string, unknown>>, keepCode: () => void): void {
  const channel = new Socket({ fd: channelFd, readable: true, writable: true })
  const report = (message: Report) => channel.write(`${JSON.stringify(message)}\n`)
  // Nobody is left to serve for: whatever runs now, runs for nothing.
  channel.on('close', () => process.exit(1))
  channel.on('error', () => process.exit(1))
  const exitNow = () => process.exit(0)
  process.once('SIGTERM', exitNow)
  // A function that waits for this process already pays for no warming up: its own first request does the same.
  const idle = setTimeout(() => warmUp(preloaded).catch(fail), idleMs)
  channel.on(
    'data',
    lineReader<Assignment>(assignment => {
      clearTimeout(idle)
      process.off('SIGTERM', exitNow)
      become(assignment, preloaded, keepCode).then(() => report({ type: 'ready' }), fail)
    }),
  )
  report({ type: 'booted' })
}

/** How long a booted process waits for its function before it warms up, in milliseconds. */
const idleMs = 20

/**
 * One request through a server of its own, to an app of the framework where that is loaded: the first time costs
 * milliseconds, later ones do not.
 */
async function warmUp(preloaded: Readonly<Record<string, unknown>>): Promise<void> {
  const server = http.createServer(emptyApp(preloaded) ?? ((_request, response) => response.end()))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve, reject) => {
    http
      .get({ port, host: '127.0.0.1', agent: false }, response => response.resume().on('end', resolve))
      .on('error', reject)
  })
  server.close()
}

/** An app that answers nothing, served as functions are. */
function emptyApp(preloaded: Readonly<Record<string, unknown>>): http.RequestListener | undefined {
  const { Hono } = (preloaded.hono ?? {}) as Partial<typeof import('hono')>
  const { getRequestListener } = (preloaded['@hono/node-server'] ?? {}) as Partial<typeof import('@hono/node-server')>
  if (!Hono || !getRequestListener) return undefined
  return getRequestListener(new Hono().get('/', c => c.text('')).fetch) as http.RequestListener
}

async function become(
  assignment: Assignment,
  preloaded: Readonly<Record<string, unknown>>,
  keepCode: () => void,
): Promise<void> {
  takeEnvironment(assignment, preloaded)
  let stopping = false
  let server: Awaited<ReturnType<FunctionModule['start']>> | undefined
  const drain = async () => {
    await server?.close(assignment.graceMs)
    process.exit(0)
  }
  process.on('SIGTERM', () => {
    if (stopping) return
    stopping = true
    drain().catch(fail)
  })
  const { module, keep } = evaluate(assignment, preloaded)
  server = await module.start({ listen: assignment.listen, env: assignment.env })
  setTimeout(() => {
    keep()
    keepCode()
    // The cache of what was required from outside the bundle.
    flushCompileCache()
  }, codeCacheDelayMs).unref()
}

// Late enough that the functions a first request compiles are in the cache, and that nobody waits for it.
const codeCacheDelayMs = 300

/** Makes the process look as if it had been started with the assignment's environment, arguments and folder. */
function takeEnvironment({ env, args, cwd, bundle }: Assignment, preloaded: Readonly<Record<string, unknown>>): void {
  const proxiedAlready = process.env.NODE_USE_ENV_PROXY === '1'
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
  Object.assign(process.env, env)
  process.argv = [process.execPath, bundle, ...args]
  process.chdir(cwd)
  // Node reads these variables once, when it starts: for a process that is booted already they are applied by hand.
  if (env.NODE_USE_ENV_PROXY === '1' && !proxiedAlready) proxyRequests(env, preloaded)
}

function proxyRequests(env: Record<string, string>, preloaded: Readonly<Record<string, unknown>>): void {
  const { undici } = preloaded as { undici?: typeof import('undici') }
  if (undici) {
    useProxies(env, () => new undici.EnvHttpProxyAgent())
    return
  }
  // Absent before Node 24.14: there the serve module's own client reads the variables.
  const { setGlobalProxyFromEnv } = http as { setGlobalProxyFromEnv?: (env: Record<string, string>) => () => void }
  setGlobalProxyFromEnv?.(env)
}

/** Ends as Node ends after an uncaught error: the stack on stderr, exit code 1. */
function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}

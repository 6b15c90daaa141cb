// The relay in one process, on free ports: for tests.
import { type ServeOptions, type Serving, serve } from '../lib/serve.ts'
import clock from './clock/app.ts'
import core from './core/app.ts'
import front from './front/app.ts'
import middleware from './middleware/app.ts'
import worldtime from './worldtime/app.ts'

type Env = ServeOptions['env']

export interface Relay {
  /** Base URLs, with the slash, by service. */
  urls: Record<'front' | 'middleware' | 'core' | 'load' | 'clock' | 'worldtime', string>
  close(): Promise<void>
}

/** Serves an app on a free loopback port; resolves with its URL and how to end it. */
export async function serveApp(app: object, env: Env = {}): Promise<{ url: string; close(): Promise<void> }> {
  const listen = { host: '127.0.0.1', port: 0 }
  const serving: Serving = await serve({ default: app }, { listen, env: { LOG_LEVEL: 'silent', ...env } })
  if (!('port' in serving.address)) throw new Error('not on a port')
  return { url: `http://127.0.0.1:${serving.address.port}/`, close: () => serving.close(1_000) }
}

/** Starts front → middleware → core → worldtime, and `load`, the test core, which asks the clock. `env` goes to all. */
export async function startRelay(env: Env = {}): Promise<Relay> {
  const ends: (() => Promise<void>)[] = []
  const start = async (app: object, own: Env = {}) => {
    const { url, close } = await serveApp(app, { ...env, ...own })
    ends.push(close)
    return url
  }
  const worldtimeUrl = await start(worldtime)
  const clockUrl = await start(clock)
  const load = await start(core, { SERVICE_NAME: 'load-svc-golang', UPSTREAM_URI: clockUrl })
  const coreUrl = await start(core, { UPSTREAM_URI: `${worldtimeUrl}api/timezone/Asia/Jakarta/` })
  const middlewareUrl = await start(middleware, { UPSTREAM_URI: coreUrl })
  const frontUrl = await start(front, { UPSTREAM_URI: middlewareUrl })
  return {
    urls: {
      front: frontUrl,
      middleware: middlewareUrl,
      core: coreUrl,
      load,
      clock: clockUrl,
      worldtime: worldtimeUrl,
    },
    async close() {
      await Promise.all(ends.map(end => end()))
    },
  }
}

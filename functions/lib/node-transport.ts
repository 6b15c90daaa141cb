// Calls on Node: keep-alive connections, in absolute form to the proxy where the environment names one.
import type { Dispatcher } from 'undici'
import { type Answer, type CallOptions, defaultTimeoutMs, givenUp, type Send } from './call.ts'
import type { Env } from './env.ts'
import { type OutboundProxy, proxyChooser } from './proxy-choice.ts'

export interface NodeTransport {
  send: Send
  /** Closes what is idle and lets running calls end. */
  close(): Promise<void>
}

type Undici = typeof import('undici')

/** Loads its HTTP client with the first call, so that a function which calls nobody does not pay for it. */
export function nodeTransport(env: Env): NodeTransport {
  const chosen = proxyChooser(env)
  const dispatchers = new Map<string, Dispatcher>()
  let undici: Undici | undefined

  const dispatcher = (key: string, make: (undici: Undici) => Dispatcher, loaded: Undici): Dispatcher => {
    const found = dispatchers.get(key) ?? make(loaded)
    dispatchers.set(key, found)
    return found
  }
  const route = (target: URL, loaded: Undici): Route => {
    const proxy = chosen(target)
    if (!proxy) return { path: target.pathname + target.search, via: dispatcher('', u => new u.Agent(), loaded) }
    if (target.protocol === 'http:') {
      const path = target.origin + target.pathname + target.search
      return { path, proxy, via: dispatcher(proxy.origin, u => new u.Pool(proxy.origin), loaded) }
    }
    // TLS is end to end: the proxy only opens the tunnel.
    const tunnel = (u: Undici) => new u.ProxyAgent({ uri: proxy.origin, token: proxy.authorization })
    return { path: target.pathname + target.search, via: dispatcher(`tunnel ${proxy.origin}`, tunnel, loaded) }
  }
  return {
    async send(url, options) {
      if (options.signal?.aborted) throw givenUp(options.signal)
      undici ??= await import('undici')
      const target = new URL(url)
      return exchange(target, route(target, undici), options)
    },
    async close() {
      await Promise.all([...dispatchers.values()].map(each => each.close()))
    },
  }
}

interface Route {
  via: Dispatcher
  path: string
  /** Set when the request is spoken to the proxy itself. */
  proxy?: OutboundProxy
}

function exchange(target: URL, route: Route, options: CallOptions): Promise<Answer> {
  const headers: Record<string, string> = { ...options.headers, host: target.host }
  if (route.proxy?.authorization) headers['proxy-authorization'] = route.proxy.authorization
  const request: Dispatcher.DispatchOptions = {
    origin: route.proxy ? route.proxy.origin : target.origin,
    path: route.path,
    method: (options.method ?? 'GET') as Dispatcher.HttpMethod,
    headers,
    body: options.body,
  }
  return new Promise((resolve, reject) => {
    route.via.dispatch(request, collect(target, options, resolve, reject))
  })
}

/** Gathers an answer whole, or gives up when the deadline passes or the caller says so, wherever the call is by then. */
function collect(
  target: URL,
  options: CallOptions,
  resolve: (answer: Answer) => void,
  reject: (reason: Error) => void,
): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = []
  let status = 0
  let headers: Headers = {}
  let over: Error | undefined
  let running: Dispatcher.DispatchController | undefined
  const settle = watch(target.host, options, reason => {
    over = reason
    settle()
    reject(reason)
    running?.abort(reason)
  })
  return {
    onRequestStart(controller) {
      running = controller
      if (over) controller.abort(over)
    },
    onResponseStart(_controller, code, fields) {
      status = code
      headers = fields
    },
    onResponseData(_controller, chunk) {
      chunks.push(chunk)
    },
    onResponseEnd() {
      settle()
      resolve(answer(status, headers, chunks))
    },
    onResponseError(_controller, error) {
      settle()
      reject(error)
    },
  }
}

/** Tells when the deadline passes or the caller wants no answer any more; ends with the function it returns. */
function watch(
  host: string,
  { timeoutMs = defaultTimeoutMs, signal }: CallOptions,
  giveUp: (reason: Error) => void,
): () => void {
  const late = () => giveUp(new Error(`no answer from ${host} within ${timeoutMs} ms`))
  const unwanted = () => signal && giveUp(givenUp(signal))
  const timer = setTimeout(late, timeoutMs)
  signal?.addEventListener('abort', unwanted)
  return () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', unwanted)
  }
}

type Headers = Record<string, string | string[] | undefined>

function answer(status: number, headers: Headers, chunks: Buffer[]): Answer {
  const text = () => (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)).toString()
  return {
    status,
    ok: status >= 200 && status < 300,
    headers: {
      get(name) {
        const value = headers[name.toLowerCase()]
        return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value
      },
    },
    text: async () => text(),
    json: async () => JSON.parse(text()),
  }
}

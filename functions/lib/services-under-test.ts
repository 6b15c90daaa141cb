// Services of a suite in one process without a socket: calls go from app to app, events into a list. For tests.
import type { Hono } from 'hono'
import { type CallOptions, transport } from './call.ts'
import type { Env } from './env.ts'
import { createLog, logOf } from './log.ts'
import { storeOf } from './stores.ts'

export interface ToldEvent {
  id: string
  type: string
  source: string
  time: string
  subject: string
  data: unknown
}

export interface Delivery {
  type: string
  id?: string
  time?: string
  /** Goes as JSON; a text goes as it is. */
  data?: unknown
}

export interface Services<Name extends string> {
  /** The environment of each, with a store of its own in memory. */
  envs: Readonly<Record<Name, Env>>
  /** What the broker took. */
  told: ToldEvent[]
  /** The lines of all logs. */
  logged: string[]
  /** Who does not answer; `broker` among them. */
  away: Set<string>
  /** Any request, as the app itself answers it. */
  request(name: Name, path: string, init?: RequestInit): Promise<Response>
  /** A request with JSON; a text goes as it is. Its answer's JSON, undefined when there is none, stands beside the status. */
  send<T = Record<string, unknown>>(
    name: Name,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Sent<T>>
  /** Delivers an event, in binary mode. */
  deliver(name: Name, path: string, event: Delivery): Promise<Response>
  close(): Promise<void>
}

export interface Sent<T> {
  status: number
  headers: Headers
  body: T
}

/** `called` gives the name of a service for the first part of the host it was called by. */
export function openServices<Name extends string>(
  apps: Readonly<Record<Name, Hono<{ Bindings: Env }>>>,
  called: (host: string) => string = host => host,
): Services<Name> {
  const told: ToldEvent[] = []
  const logged: string[] = []
  const away = new Set<string>()
  const envs = {} as Record<Name, Env>

  const request = async (name: string, path: string, init?: RequestInit): Promise<Response> => {
    if (!Object.hasOwn(apps, name)) throw new Error(`nobody is called ${name} here`)
    return apps[name as Name].request(path, init, envs[name as Name])
  }
  const answer = async (url: string, { timeoutMs: _timeoutMs, ...init }: CallOptions): Promise<Response> => {
    const { hostname, pathname, search } = new URL(url)
    const name = called(hostname.split('.')[0] ?? '')
    if (away.has(name)) throw new Error(`${name} does not answer`)
    if (name !== 'broker') return request(name, pathname + search, init)
    told.push(eventIn(new Headers(init.headers), init.body ?? ''))
    return new Response(null, { status: 202 })
  }
  for (const name of Object.keys(apps) as Name[]) {
    const env: Env = { STORE_PATH: ':memory:', K_SINK: 'http://broker', K_SERVICE: name }
    const write = (line: string) => void logged.push(line)
    transport.provide(env, answer)
    logOf.provide(env, createLog(env, write))
    envs[name] = env
  }
  return {
    ...{ envs, told, logged, away, request },
    async send(name, method, path, body, headers = {}) {
      const sent = body === undefined ? {} : { body: textOf(body) }
      const answered = await request(name, path, { method, headers, ...sent })
      const text = await answered.text()
      const isJson = answered.headers.get('content-type')?.includes('json') ?? false
      return { status: answered.status, headers: answered.headers, body: (isJson ? JSON.parse(text) : text) as never }
    },
    deliver(name, path, { type, id = 'e1', time, data }) {
      const attributes = {
        'ce-id': id,
        'ce-type': type,
        'ce-source': 'test',
        'ce-specversion': '1.0',
        'ce-subject': 'o1',
      }
      const headers = { ...attributes, ...(time ? { 'ce-time': time } : {}), 'content-type': 'application/json' }
      return request(name, path, { method: 'POST', headers, ...(data === undefined ? {} : { body: textOf(data) }) })
    },
    async close() {
      for (const env of Object.values<Env>(envs)) await (await storeOf(env))?.close()
    },
  }
}

const textOf = (data: unknown) => (typeof data === 'string' ? data : JSON.stringify(data))

function eventIn(headers: Headers, body: string): ToldEvent {
  const attribute = (name: string) => headers.get(`ce-${name}`) ?? ''
  const [id, type, source] = [attribute('id'), attribute('type'), attribute('source')]
  return { id, type, source, time: attribute('time'), subject: attribute('subject'), data: JSON.parse(body) }
}

// For tests of single steps: a hop as it stands before its step, without a mesh around it.
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { type Random, seededRandom } from '../../kernel/random.ts'
import { createBalancer } from '../cluster/create-balancer.ts'
import { requestFraming } from '../codec/framing.ts'
import { parseRequestHead } from '../codec/head.ts'
import { emptyTable } from '../table/empty-table.ts'
import type { HeaderRules, HeaderValue } from '../table/header-rules.ts'
import type { ForwardAction, Route } from '../table/route.ts'
import { noHosts } from '../table/virtual-hosts.ts'
import type { Client, Incoming } from './client.ts'
import { Deadlines } from './deadlines.ts'
import type { Door } from './door.ts'
import { headersAtDoor } from './headers/request-headers.ts'
import type { Hop } from './hop.ts'
import type { LocalReply } from './local-reply.ts'
import type { RequestRecord } from './record.ts'
import { noCredentials } from './tls/credential.ts'
import { UpstreamPool } from './upstream/upstream-pool.ts'

export interface HopDraft {
  door?: Door
  method?: string
  target?: string
  host?: string
  /** Lines of the head, each with its end. */
  headers?: string
  peer?: string
  requestHeaders?: HeaderRules
  responseHeaders?: HeaderRules
  route?: Partial<Route>
  clock?: Clock
  random?: Random
}

export const gateway: Door = {
  ...{ kind: 'gateway', port: 80, scheme: 'http', server: 'istio-envoy' },
  ...{ hosts: noHosts, otherwise: undefined },
}

export const outbound: Door = { ...gateway, kind: 'outbound', server: 'envoy', otherwise: 'ALLOW_ANY' }

/** What a hop answered itself, and what it told of it. */
export interface Answered {
  replies: LocalReply[]
  records: RequestRecord[]
}

const answers = new WeakMap<Hop, Answered>()

export function answeredBy(hop: Hop): Answered {
  return answers.get(hop) ?? { replies: [], records: [] }
}

export function incomingOf({
  method = 'GET',
  target = '/p',
  host = 'h',
  headers = '',
  peer = '10.0.0.9',
}: HopDraft): Incoming {
  const head = parseRequestHead(`${method} ${target} HTTP/1.1\r\nhost: ${host}\r\n${headers}`.replace(/\r\n$/, ''))
  const client = {} as Client
  return { head, target, host, framing: requestFraming(head), client, peer, caller: undefined }
}

/** With `Date.now()` as 0 unless a clock is given, request id `ID`. */
export function hopOf(draft: HopDraft): Hop {
  const { door = gateway, clock = systemClock, random = seededRandom(1), requestHeaders, responseHeaders } = draft
  const answered: Answered = { replies: [], records: [] }
  const incoming = incomingOf(draft)
  incoming.client = { reply: (reply: LocalReply) => void answered.replies.push(reply) } as Client
  const hop: Hop = {
    wire: {
      ...{ clock, random, log: () => {}, balancer: createBalancer({ clock, random }) },
      upstreams: { lease: () => Promise.reject(new Error('no instance')) as never },
      ...{ pool: new UpstreamPool(clock), deadlines: new Deadlines(clock), date: () => 'D' },
      ...{ policy: undefined, replace: undefined, certificates: noCredentials },
      onRequest: record => void answered.records.push(record),
    },
    routing: { table: emptyTable, internals: new Map(), enter: () => undefined },
    ...{ door, incoming, startedAt: clock.now(), requestId: 'ID' },
    headers: headersAtDoor(door, incoming, 'ID'),
    ...{ target: incoming.target, host: incoming.host, virtualHost: undefined },
    route: routeOf({ requestHeaders, responseHeaders, ...draft.route }),
    ...{ destination: undefined, cluster: undefined },
    ...{
      flags: '',
      attempts: 0,
      endpoint: undefined,
      address: '',
      revision: undefined,
      instance: '',
      waitedMs: 0,
      span: undefined,
      receivedBytes: 0,
      sentBytes: 0,
    },
  }
  answers.set(hop, answered)
  return hop
}

export function forwardAction(operation = '', more: Partial<ForwardAction> = {}): ForwardAction {
  return {
    ...{ kind: 'forward', clusters: [], totalWeight: 0, destinationHeadersFirst: false, rewrite: undefined },
    ...{ timeoutMs: 0, retry: undefined, mirrors: [], operation },
    ...more,
  }
}

export function routeOf(more: Partial<Route>): Route {
  return {
    ...{ name: 'r', origin: { kind: 'VirtualService', namespace: 'n', name: 'v', path: 'spec.http[0]' } },
    match: { path: undefined, ignoreCase: false, headers: [], query: [] },
    ...{
      action: forwardAction(),
      requestHeaders: undefined,
      responseHeaders: undefined,
      fault: undefined,
      cors: undefined,
    },
    ...more,
  }
}

type Values = Readonly<Record<string, HeaderValue>>

export function rules({
  remove = [],
  set = {},
  add = {},
}: {
  remove?: string[]
  set?: Values
  add?: Values
}): HeaderRules {
  const operations = (values: Values) => Object.entries(values).map(([name, value]) => ({ name, value }))
  return { remove, set: operations(set), add: operations(add) }
}

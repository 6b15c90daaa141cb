// Every recorded request of real Istio, walked through the tables of its configuration: the same rule and cluster.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { callerOf, compileText } from '../compile/harness.ts'
import { normalizeTarget } from '../proxy/path.ts'
import type { MeshTable } from '../table/mesh-table.ts'
import type { Route } from '../table/route.ts'
import type { VirtualHosts } from '../table/virtual-hosts.ts'
import { findRoute, pickHost, type WalkedRequest } from './walk.ts'

const folder = join(import.meta.dirname, '../../../test/recordings/istio')
const names = readdirSync(folder, { withFileTypes: true }).flatMap(entry => (entry.isDirectory() ? entry.name : []))

interface RecordedRequest {
  id: string
  host?: string
  path: string
  headers?: Record<string, string | string[]>
  method?: string
  port?: number
  via?: 'gateway' | 'sidecar'
}

interface LoggedRequest {
  /** The rule's name; null where none matched, or the rule has none. */
  route: string | null
  cluster?: string
}

interface RecordedAnswer {
  id: string
  seen?: { headers: [name: string, value: string][] }[]
  access_log?: Record<string, LoggedRequest>
}

interface Row {
  id: string
  request: RecordedRequest
  log: LoggedRequest
  /** `x-envoy-decorator-operation`, where a backend saw the request. */
  operation: string | undefined
}

function lines<T>(name: string, file: string): T[] {
  const text = readFileSync(join(folder, name, file), 'utf8')
  return text.split('\n').flatMap(line => (line.trim() ? (JSON.parse(line) as T) : []))
}

/** What istiod refused is not part of the configuration. */
function recordedMesh(name: string): MeshTable {
  const list = join(folder, name, 'rejected.json')
  const { rejected = [] } = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : {}
  const refused = new Set(rejected.map((one: Record<string, string>) => `${one.kind} ${one.namespace}/${one.name}`))
  const files = readdirSync(join(folder, name, 'config')).sort()
  const texts = files.map(file => readFileSync(join(folder, name, 'config', file), 'utf8'))
  return compileText(texts.join('\n---\n'), object => !refused.has(object))
}

/** Requests that never came to the routes left no line in the access log. */
function rowsOf(name: string): Row[] {
  const requests = new Map(lines<RecordedRequest>(name, 'requests.jsonl').map(request => [request.id, request]))
  return lines<RecordedAnswer>(name, 'answers.jsonl').flatMap(({ id, seen, access_log }) => {
    const request = requests.get(id)
    const log = access_log?.[request?.via ?? 'gateway']
    const operation = seen?.[0]?.headers.find(([header]) => header === 'x-envoy-decorator-operation')?.[1]
    return request && log ? { id, request, log, operation } : []
  })
}

function walked({ host = '', path, headers = {}, method = 'GET' }: RecordedRequest): WalkedRequest {
  const flat = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap(line => [name.toLowerCase(), line.trim()]),
  )
  const target = path.startsWith('/') ? normalizeTarget(path) : path
  return { method, scheme: 'http', authority: host, target, headers: flat }
}

function hostsOf(table: MeshTable, { via = 'gateway', port, host = '' }: RecordedRequest): VirtualHosts | undefined {
  if (via === 'gateway') return table.gatewayPorts.get(port ?? 80)?.chains[0]?.hosts
  return table.outbound(callerOf('default'), port ?? Number(host.split(':')[1] ?? 80)).hosts
}

/** Names of Envoy's own for hosts it does not know. */
const unknownHost = new Set(['allow_any', 'block_all'])

function outcomeOf(route: Route | undefined): {
  route: string | null
  clusters: string[]
  operation: string | undefined
} {
  const { action } = route ?? {}
  const forward = action?.kind === 'forward' ? action : undefined
  const clusters = forward?.clusters.map(({ cluster }) => cluster) ?? []
  return { route: route?.name || null, clusters, operation: forward?.operation }
}

describe.for(names)('recorded in %s', name => {
  const table = recordedMesh(name)
  it.for(rowsOf(name))('$id', ({ request, log, operation }) => {
    const hosts = hostsOf(table, request)
    const host = hosts && pickHost(hosts, request.host ?? '')
    if (unknownHost.has(log.route ?? '')) {
      expect(host).toBeUndefined()
      return
    }
    const got = outcomeOf(host && findRoute(host, walked(request)))
    if ('route' in log) expect(got.route).toBe(log.route)
    if (log.cluster) expect(got.clusters).toContain(log.cluster)
    if (operation) expect(got.operation).toBe(operation)
  })
})

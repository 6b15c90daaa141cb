// A mesh in a test: real rules, real proxies, stand-in backends, a clock that waits for the test. No port, no process.
import { createRegistry } from '../api/registry.ts'
import { FakeClock } from '../kernel/clock.ts'
import { silentLog } from '../kernel/log.ts'
import type { KubeObject } from '../kernel/object.ts'
import { seededRandom } from '../kernel/random.ts'
import { formatManifestError, type Manifest, type ManifestError } from '../manifests/manifest.ts'
import { readManifests, readSources } from '../manifests/read.ts'
import { type Explanation, explain } from '../mesh/explain.ts'
import type { Identity } from '../mesh/identity.ts'
import { createMesh, type Entrance } from '../mesh/mesh.ts'
import { meshPolicies } from '../mesh-policies.ts'
import { planCluster } from '../planned-cluster.ts'
import { feedRoutes } from '../routes.ts'
import { expandPaths } from './paths.ts'
import { type Handler, type StandIn, withStandIns } from './stand-ins.ts'

export interface WorldOptions {
  /** Files, folders and patterns such as `istio/relay/**`, relative to `cwd`; or objects. */
  manifests: readonly (string | KubeObject)[]
  /** Draws of weights, faults and mirrors: the same seed, the same draws. Default 1. */
  seed?: number
  /** Default: the current folder. */
  cwd?: string
}

export type Caller = Partial<Pick<Identity, 'namespace' | 'serviceAccount' | 'labels'>>

export interface FetchOptions {
  method?: string
  headers?: Readonly<Record<string, string>> | Headers
  body?: string | Uint8Array
  /** A program inside the mesh, or a client before the ingress gateway (default). */
  from?: Caller | 'outside'
}

export interface World {
  clock: FakeClock
  /** What a client gets. Waits for `clock.advance` where the mesh or a handler waits. */
  fetch(input: string | URL | Request, options?: FetchOptions): Promise<Response>
  /** Why a request goes where it goes: rules passed over, rewrites, shares. */
  explain(input: string | URL, options?: FetchOptions): Explanation
  /** Answers for a service: `reviews.default`, a host outside, or `*` for all others. */
  service(name: string, handler: Handler): void
  /** Changes rules in mid-test, as `kubectl apply` does. Rejects with what is refused. */
  apply(...manifests: (string | KubeObject)[]): Promise<void>
  close(): Promise<void>
}

/** Rejects with every flaw of the manifests, each with its file and line. */
export async function world({ manifests, seed = 1, cwd = process.cwd() }: WorldOptions): Promise<World> {
  const clock = new FakeClock()
  const random = seededRandom(seed)
  const cluster = planCluster({ clock, random: seededRandom(seed) })
  const policy = meshPolicies({ store: cluster.store, clock, log: silentLog, mesh: () => mesh })
  const lease = () => {
    throw new Error('revisions have stand-ins here')
  }
  const mesh = createMesh({ clock, random, log: silentLog, policy, upstreams: { lease } })
  const handlers = new Map<string, Handler>()
  const known: Manifest[] = []
  let routes: { stop(): void } | undefined

  const answer = async (request: Request, standIn: StandIn) => (handlerFor(handlers, standIn) ?? echo)(request, standIn)
  const apply = async (given: readonly (string | KubeObject)[]) => {
    const { documents, errors } = await read(given, cwd)
    refuse(errors)
    refuse(await cluster.apply(documents))
    known.push(...documents)
    await new Promise<void>(resolve => setImmediate(resolve))
  }
  const table: { current: Parameters<typeof explain>[0]['table'] | undefined } = { current: undefined }
  routes = feedRoutes({
    store: cluster.store,
    log: silentLog,
    setTable(compiled, objects) {
      table.current = compiled
      policy.setObjects(objects)
      mesh.setTable(withStandIns(compiled, mesh.internal, answer))
    },
  })
  await apply(manifests)

  return {
    clock,
    async fetch(input, options = {}) {
      const { url, ...request } = await requestOf(input, options)
      const { status, headers, body } = await mesh.request(
        { ...request, url: url.href, timeoutMs: 0 },
        entranceOf(url, options.from, table.current?.gatewayPorts),
      )
      const bodyless = [204, 205, 304].includes(status)
      return new Response(bodyless ? null : new Uint8Array(body), { status, headers: pairs(headers) })
    },
    explain(input, { method = 'GET', headers = {}, from } = {}) {
      if (!table.current) throw new Error('the world has no rules yet')
      const url = new URL(input)
      const lines = [...new Headers(headers)].flat()
      const entrance = entranceOf(url, from, table.current.gatewayPorts)
      return explain({ table: table.current, manifests: known }, { url, method, headers: lines, entrance })
    },
    service(name, handler) {
      handlers.set(fullName(name), handler)
    },
    apply: (...given) => apply(given),
    async close() {
      routes?.stop()
      cluster.stop()
      await mesh.close(0)
    },
  }
}

async function read(given: readonly (string | KubeObject)[], cwd: string) {
  const paths = await expandPaths(
    given.filter(one => typeof one === 'string'),
    cwd,
  )
  const objects = given.filter(one => typeof one !== 'string')
  const options = { registry: createRegistry(), base: cwd, repeats: true }
  const sources = objects.map((object, index) => ({ file: `object ${index + 1}`, text: JSON.stringify(object) }))
  const files = await readManifests(paths, options)
  const written = readSources(sources, options)
  return { documents: [...files.documents, ...written.documents], errors: [...files.errors, ...written.errors] }
}

function refuse(errors: readonly ManifestError[]): void {
  if (errors.length > 0) throw new Error(errors.map(formatManifestError).join('\n'))
}

/** The broadest last: an exact service, the Knative Service of a revision, everything. */
function handlerFor(handlers: ReadonlyMap<string, Handler>, { host, revision }: StandIn): Handler | undefined {
  const service = revision ? `${revision.name.replace(/-[^-]+$/, '')}.${revision.namespace}.svc.cluster.local` : host
  return handlers.get(host) ?? handlers.get(service) ?? handlers.get('*')
}

/** Says who was asked and what came: cluster, subset, revision, path, headers. */
const echo: Handler = async (request, { labels: _, ...standIn }) => {
  const { pathname, search } = new URL(request.url)
  const headers = Object.fromEntries(request.headers)
  return Response.json({
    ...standIn,
    method: request.method,
    path: pathname + search,
    headers,
    body: await request.text(),
  })
}

/** `reviews.default` in full; a name of another shape is a host outside. */
function fullName(name: string): string {
  return /^[^.]+\.[^.]+(\.svc)?$/.test(name) ? `${name.replace(/\.svc$/, '')}.svc.cluster.local` : name
}

async function requestOf(input: string | URL | Request, options: FetchOptions) {
  const given = input instanceof Request ? input : undefined
  const headers = [...new Headers(options.headers ?? given?.headers)].flat()
  const body = options.body ?? (given?.body ? new Uint8Array(await given.arrayBuffer()) : '')
  return {
    url: new URL(given?.url ?? (input as string | URL)),
    method: options.method ?? given?.method ?? 'GET',
    headers,
    body: Buffer.from(body),
  }
}

function entranceOf(url: URL, from: FetchOptions['from'], opened: ReadonlyMap<number, unknown> = new Map()): Entrance {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  if (from === undefined || from === 'outside') return { gatewayPort: opened.has(port) ? port : 80 }
  const caller = { namespace: 'default', serviceAccount: 'default', labels: {}, name: 'test', ...from }
  return { caller, port }
}

function pairs(headers: readonly string[]): [string, string][] {
  const lines: [string, string][] = []
  for (let index = 0; index < headers.length; index += 2) lines.push([headers[index] ?? '', headers[index + 1] ?? ''])
  return lines
}

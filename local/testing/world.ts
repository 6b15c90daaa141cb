// A mesh in a test: real rules, real proxies, stand-in backends, a clock that waits for the test. No port, no process.
import { labels } from '../api/serving/labels.ts'
import type { Revision } from '../api/serving/types.ts'
import { FakeClock } from '../kernel/clock.ts'
import { silentLog } from '../kernel/log.ts'
import { seededRandom } from '../kernel/random.ts'
import { formatManifestError, type Manifest, type ManifestError } from '../manifests/manifest.ts'
import { inOrder } from '../manifests/project.ts'
import type { CompiledMesh } from '../mesh/compile/compile.ts'
import type { MeshObjects } from '../mesh/compile/mesh-objects.ts'
import { explain } from '../mesh/explain/explain.ts'
import { createMesh } from '../mesh/mesh.ts'
import { meshPolicies } from '../mesh-policies.ts'
import { type PlannedCluster, planCluster } from '../planned-cluster.ts'
import { feedRoutes } from '../routes.ts'
import type { Handler, StandIn, World, WorldOptions } from './index.d.ts'
import { readGiven } from './read-given.ts'
import { askedRequest, entranceOf, headerLines, responseOf } from './requests.ts'
import { createStaffing, echo, replaceBy } from './stand-ins.ts'

/** Rejects with every flaw of the manifests, each with its file and line. */
export async function world({ manifests, seed = 1, cwd = process.cwd() }: WorldOptions): Promise<World> {
  const clock = new FakeClock(undefined, settleAll)
  const cluster = planCluster({ clock, random: seededRandom(seed) })
  const handlers = new Map<string, Handler>()
  const { mesh, policy } = meshOf(cluster, { clock, seed, handlers })
  const staff = createStaffing(host => handlers.has(host))
  const known: Manifest[] = []
  let current: { table: CompiledMesh; objects: MeshObjects } | undefined
  const stand = () => {
    if (current) mesh.setTable(staff(current.table))
  }
  const routes = feedRoutes({
    store: cluster.store,
    log: silentLog,
    setTable(table, objects) {
      current = { table, objects }
      policy.setObjects(objects)
      stand()
    },
  })
  const isOpen = (port: number) => current?.table.gatewayPorts.has(port) ?? false
  const apply = async (given: readonly (string | object)[]) => {
    const { documents, errors } = await readGiven(given, cwd)
    refuse(errors)
    refuse(await cluster.apply(inOrder(documents)))
    known.push(...documents)
    await settleAll()
  }
  const close = async () => {
    routes.stop()
    cluster.stop()
    await mesh.close(0)
  }
  await apply(manifests).catch(async error => {
    await close()
    throw error
  })
  return {
    ...{ clock, close },
    async fetch(input, options = {}) {
      const { url, ...request } = await askedRequest(input, options)
      const entrance = entranceOf(url, options.from, isOpen)
      return responseOf(await mesh.request({ ...request, url: url.href, timeoutMs: 0 }, entrance))
    },
    explain(input, { method = 'GET', headers, from } = {}) {
      if (!current) throw new Error('the world has no rules yet')
      const url = new URL(input)
      const entrance = entranceOf(url, from, isOpen)
      return explain({ ...current, manifests: known }, { url, method, headers: headerLines(headers), entrance })
    },
    service(name, handler) {
      for (const host of hostsCalled(name)) handlers.set(host, handler)
      stand()
    },
    apply: (...given) => apply(given),
    async delete(kind, name, namespace = 'default') {
      const isMeant = ({ object: { kind: found, metadata } }: Manifest) =>
        found === kind && metadata.name === name && (metadata.namespace ?? 'default') === namespace
      const found = known.find(isMeant)
      if (!found) throw new Error(`there is no ${kind} ${namespace}/${name} to delete`)
      await cluster.delete(found.object)
      known.splice(0, known.length, ...known.filter(one => !isMeant(one)))
      await settleAll()
    },
  }
}

interface MeshParts {
  clock: FakeClock
  seed: number
  handlers: ReadonlyMap<string, Handler>
}

function meshOf({ store }: PlannedCluster, { clock, seed, handlers }: MeshParts) {
  const serviceOf = ({ namespace, name }: { namespace: string; name: string }) =>
    store.get<Revision>({ group: 'serving.knative.dev', kind: 'Revision' }, namespace, name)?.metadata.labels?.[
      labels.service
    ]
  const handlerOf = (standIn: StandIn) => handlerFor(handlers, standIn, serviceOf)
  const policy = meshPolicies({ store, clock, log: silentLog, mesh: () => mesh, fetchOverTls: outside(handlerOf) })
  const lease = () => {
    throw new Error('no instance runs in a world')
  }
  const mesh = createMesh({
    ...{ clock, policy, random: seededRandom(seed), log: silentLog },
    upstreams: { lease },
    replace: replaceBy(handlerOf),
  })
  return { mesh, policy }
}

/** Key sets of RequestAuthentications that a real proxy would fetch from outside. */
function outside(handlerOf: (standIn: StandIn) => Handler): (url: string) => Promise<string> {
  return async url => {
    const { hostname: host, port } = new URL(url)
    const standIn = { host, port: Number(port || 443), subset: '', cluster: '', labels: {} }
    const response = await handlerOf(standIn)(new Request(url), standIn)
    if (!response.ok) throw new Error(`${url} answered ${response.status}`)
    return response.text()
  }
}

function refuse(errors: readonly ManifestError[]): void {
  if (errors.length > 0) throw new Error(errors.map(formatManifestError).join('\n'))
}

/** The narrowest first: a revision, the exact host, the Knative Service of a revision, everything. */
function handlerFor(
  handlers: ReadonlyMap<string, Handler>,
  { host, revision }: StandIn,
  serviceOf: (revision: { namespace: string; name: string }) => string | undefined,
): Handler {
  const inFull = (name: string | undefined) => `${name}.${revision?.namespace}.svc.cluster.local`
  const names = revision ? [inFull(revision.name), host, inFull(serviceOf(revision))] : [host]
  const found = names.map(name => handlers.get(name)).find(Boolean)
  return found ?? handlers.get('*') ?? echo
}

/** `reviews.default` is short for a name of the cluster, and may be a host outside. */
function hostsCalled(name: string): string[] {
  const host = name.toLowerCase()
  return /^[^.]+\.[^.]+(\.svc)?$/.test(host) ? [host, `${host.replace(/\.svc$/, '')}.svc.cluster.local`] : [host]
}

/** Handlers are asynchronous: bodies are read in later turns of the event loop. */
async function settleAll(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>(resolve => setImmediate(resolve))
}

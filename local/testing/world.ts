// A mesh in a test: real rules, real proxies, stand-in backends, a clock that waits for the test. No port, no process.
import { labels } from '../api/serving/labels.ts'
import type { Revision } from '../api/serving/types.ts'
import { meshPolicies } from '../composition/network/mesh-policies.ts'
import { type PlannedCluster, planCluster } from '../composition/network/planned-cluster.ts'
import { feedRoutes } from '../composition/network/routes.ts'
import { FakeClock } from '../kernel/clock.ts'
import { silentLog } from '../kernel/log.ts'
import { seededRandom } from '../kernel/random.ts'
import { formatManifestError, type Manifest, type ManifestError } from '../manifests/manifest.ts'
import { inOrder } from '../manifests/project.ts'
import type { CompiledMesh } from '../mesh/compile/compile.ts'
import type { MeshObjects } from '../mesh/compile/mesh-objects.ts'
import { explain } from '../mesh/explain/explain.ts'
import { createMesh } from '../mesh/mesh.ts'
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
  const rules = followRules(cluster, { mesh, policy, handlers })
  const contents = contentsOf(cluster, cwd)
  const close = async () => {
    rules.stop()
    cluster.stop()
    await mesh.close(0)
  }
  await contents.apply(manifests).catch(async error => {
    await close()
    throw error
  })
  return {
    ...{ clock, close },
    async fetch(input, options = {}) {
      const { url, ...request } = await askedRequest(input, options)
      const entrance = entranceOf(url, options.from, rules.isOpen)
      return responseOf(await mesh.request({ ...request, url: url.href, timeoutMs: 0 }, entrance))
    },
    explain(input, { method = 'GET', headers, from } = {}) {
      const url = new URL(input)
      const entrance = entranceOf(url, from, rules.isOpen)
      const known = { ...rules.current(), manifests: contents.known }
      return explain(known, { url, method, headers: headerLines(headers), entrance })
    },
    service(name, handler) {
      for (const host of hostsCalled(name)) handlers.set(host, handler)
      rules.stand()
    },
    apply: (...given) => contents.apply(given),
    delete: contents.delete,
  }
}

interface RuleParts extends ReturnType<typeof meshOf> {
  handlers: ReadonlyMap<string, Handler>
}

/** Keeps the mesh at the rules of the cluster's objects; `stand` puts the handlers there are now in their places. */
function followRules({ store }: PlannedCluster, { mesh, policy, handlers }: RuleParts) {
  const staff = createStaffing(host => handlers.has(host))
  let newest: { table: CompiledMesh; objects: MeshObjects } | undefined
  const stand = () => {
    if (newest) mesh.setTable(staff(newest.table))
  }
  const { stop } = feedRoutes({
    ...{ store, log: silentLog },
    setTable(table, objects) {
      newest = { table, objects }
      policy.setObjects(objects)
      stand()
    },
  })
  const current = () => {
    if (newest) return newest
    throw new Error('the world has no rules yet')
  }
  return { stand, stop, current, isOpen: (port: number) => newest?.table.gatewayPorts.has(port) ?? false }
}

/** What was applied, and how it changes. */
function contentsOf(cluster: PlannedCluster, cwd: string) {
  const known: Manifest[] = []
  return {
    known,
    async apply(given: readonly (string | object)[]): Promise<void> {
      const { documents, errors } = await readGiven(given, cwd)
      refuse(errors)
      refuse(await cluster.apply(inOrder(documents)))
      known.push(...documents)
      await settleAll()
    },
    async delete(kind: string, name: string, namespace = 'default'): Promise<void> {
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

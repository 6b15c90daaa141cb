// The composition root: starts the rooms in order and plugs each into the interfaces of seams/.
import { openApi } from './composition/endpoints/api.ts'
import { type Foundation, openFoundation } from './composition/foundation.ts'
import { type Network, openNetwork } from './composition/network/network.ts'
import { feedRoutes } from './composition/network/routes.ts'
import { applyProject, projectManifests } from './composition/project/boot.ts'
import { watchSources } from './composition/project/source-watch.ts'
import type { Runtime, RuntimeOptions } from './composition/runtime.ts'
import { allReady, notReady, serviceStatuses } from './composition/status.ts'
import { sourceContainers } from './composition/workloads/source-containers.ts'
import { startWorkloads, type Workloads } from './composition/workloads/workloads.ts'
import { createEventing, type Eventing } from './eventing/eventing.ts'
import { rabbitmqEventing } from './eventing/rabbitmq/rabbitmq.ts'
import type { Manifest } from './manifests/manifest.ts'
import type { Runner } from './runner/runner.ts'
import { startControllers } from './serving/controllers.ts'
import { recordEvents } from './serving/events/recorder.ts'
import { createTelemetry, type Telemetry } from './telemetry/telemetry.ts'

const readyTimeoutMs = 60_000

/** Boots a system; what was started before a failure is ended again. Errors are `SkiffError`s with their exit code. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const closers: Foundation['closers'] = []
  const end = async () => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    return await assemble(openFoundation(options, closers), end)
  } catch (error) {
    await end()
    throw error
  }
}

/** The parts in the order of their start. Earlier ones ask the workloads too: only once requests come. */
async function assemble(base: Foundation, end: () => Promise<void>): Promise<Runtime> {
  const startedAt = new Date(base.clock.now()).toISOString()
  const telemetry = await openTelemetry(base, () => workloads)
  const { onRequest, onConnection, tracer } = telemetry
  const upstreams: Pick<Workloads, 'lease'> = { lease: target => workloads.lease(target) }
  const network = await openNetwork(base, { upstreams, onRequest, onConnection, tracer })
  const workloads = startWorkloads(base, network.mesh)
  // Read meanwhile: the events' log opens in a thread of its own.
  const manifests = readProject(base, workloads.runner)
  const eventing = await openEventing(base, network, workloads.runner, telemetry)
  startControlPlane(base, network, workloads)

  const scrape = await telemetry.listen()
  base.closers.push(() => scrape.close())
  const runtime = runtimeOf(base, { startedAt, end, gateways: network.gateways, scrape: scrape.address })
  await openApi(base, { ...network, ...workloads, runtime, telemetry, events: eventing.events })
  await openProject(base, workloads.runner, manifests)
  await workloads.runner.poolReady()
  return runtime
}

async function openTelemetry(base: Foundation, workloads: () => Workloads): Promise<Telemetry> {
  const { store, clock, log, state } = base
  const telemetry = await createTelemetry({
    ...{ store, clock, log, env: process.env, file: state.file('traces.jsonl') },
    writeAccess: state.openLog('access.log'),
    revisions: () => workloads().scaling.measures(),
    revision: (namespace, name) => workloads().scaling.identity(namespace, name),
    pod: name => workloads().scaling.pod(name),
    usage: () => workloads().runner.usage(),
  })
  base.closers.push(() => telemetry.stop())
  return telemetry
}

async function openEventing(
  base: Foundation,
  { mesh }: Network,
  runner: Runner,
  { observer }: Telemetry,
): Promise<Eventing> {
  const { store, clock, random, log, state } = base
  const eventing = await createEventing({
    ...{ store, clock, random, log, observer, send: mesh.send, file: state.file('broker.db') },
    containers: sourceContainers(runner, random),
    ...rabbitmqEventing(process.env.RABBITMQ_URL),
  })
  base.closers.push(() => eventing.stop())
  for (const [host, service] of eventing.services) mesh.internal(host, service)
  return eventing
}

/** What follows the objects: the mesh's tables, Kubernetes Events, and the controllers. */
function startControlPlane(base: Foundation, { mesh, policy, gateways }: Network, workloads: Workloads): void {
  const { store, clock, random, log, closers } = base
  const routes = feedRoutes({
    ...{ store, log },
    setTable(table, objects) {
      policy.setObjects(objects)
      mesh.setTable(table)
      gateways.follow(table.gatewayPorts.keys())
    },
  })
  closers.push(routes.stop)
  closers.push(recordEvents({ store, clock, log }))
  const controllers = startControllers({
    ...{ store, clock, random, log, instances: workloads.runner, workloads: workloads.scaling.workloads },
    programmed: routes.programmed,
    publicPort: gateways.ports[80] ?? 80,
  })
  closers.push(controllers.stop)
}

interface Running {
  startedAt: string
  gateways: Network['gateways']
  /** Where the metrics are: `127.0.0.1:15020`. */
  scrape: string
  end(): Promise<void>
}

function runtimeOf({ options, store, clock }: Foundation, { startedAt, gateways, scrape, end }: Running): Runtime {
  const stopped = Promise.withResolvers<void>()
  return {
    get ports() {
      return gateways.ports
    },
    objects: kind => store.list(kind),
    status: () => ({
      ...{ pid: process.pid, startedAt, project: options.projectDir, ports: gateways.ports },
      metrics: `http://${scrape}/metrics`,
      ready: notReady(store).length === 0,
      services: serviceStatuses(store),
    }),
    ready: () => allReady(store, clock, readyTimeoutMs, options.progress),
    stop: () => end().then(stopped.resolve),
    stopped: stopped.promise,
  }
}

/** The project's YAML, read and checked, or none where it is not to be applied. A refusal waits until it is asked for. */
function readProject({ options, client }: Foundation, { prepare }: Runner): Promise<Manifest[] | undefined> {
  const { apply, projectDir } = options
  const reading = apply ? projectManifests({ projectDir, client, prepare }) : Promise.resolve(undefined)
  reading.catch(() => {})
  return reading
}

/** Applies the project's YAML, and follows its sources when that was asked for. */
async function openProject(
  base: Foundation,
  { resolve }: Runner,
  reading: Promise<Manifest[] | undefined>,
): Promise<void> {
  const { options, client, store, clock, log, state } = base
  const { projectDir, progress } = options
  const manifests = await reading
  if (manifests) await applyProject(manifests, { client, store, record: state.json('applied.json'), progress })
  if (options.watch) {
    const repointed = (revision: string) => progress(`repointed ${revision} to its changed source`)
    base.closers.push(watchSources({ projectDir, store, clock, log, resolve, repointed }))
  }
}

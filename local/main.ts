// The composition root: starts the rooms in order and plugs each into the interfaces the others declare.
import { join } from 'node:path'
import { ApiClient } from './api/client.ts'
import { createRegistry } from './api/registry.ts'
import { openApiAccess } from './api-access.ts'
import { metricsResources } from './apiserver/pod-top.ts'
import { createApiServer } from './apiserver/server.ts'
import { openAuthority } from './authority.ts'
import { applyProject } from './boot.ts'
import { gatewayCertificates } from './certificates.ts'
import { controlEndpoints } from './control-endpoints.ts'
import { createEventing } from './eventing/eventing.ts'
import { rabbitmqEventing } from './eventing/rabbitmq/rabbitmq.ts'
import { eventsEndpoints } from './events-endpoints.ts'
import { GatewayPorts } from './gateways.ts'
import { systemClock } from './kernel/clock.ts'
import { jsonLog } from './kernel/log.ts'
import { ObjectStore } from './kernel/object-store.ts'
import { seededRandom, systemRandom } from './kernel/random.ts'
import { SqlitePersistence } from './kernel/sqlite-persistence.ts'
import { createMesh } from './mesh/mesh.ts'
import type { RevisionTarget } from './mesh/upstreams.ts'
import { meshPolicies } from './mesh-policies.ts'
import { Programs } from './programs.ts'
import { feedRoutes } from './routes.ts'
import { createRunner } from './runner/runner.ts'
import type { Runtime, RuntimeOptions } from './runtime.ts'
import { startControllers } from './serving/controllers.ts'
import { recordEvents } from './serving/events/recorder.ts'
import { deployments } from './serving/scaler/deployment.ts'
import { endpointSlices } from './serving/scaler/endpoint-slices.ts'
import { Forecast, type ForecastMemory } from './serving/scaler/forecast.ts'
import { createScaling } from './serving/scaler/scaler.ts'
import { sourceContainers } from './source-containers.ts'
import { watchSources } from './source-watch.ts'
import { takeStateFolder } from './state-folder.ts'
import { allReady, notReady, serviceStatuses } from './status.ts'
import { ensureSystemObjects } from './system-objects.ts'
import { createTelemetry } from './telemetry/telemetry.ts'
import { telemetryEndpoints } from './telemetry-endpoints.ts'
import { configData, lookupData, meshEnv } from './workload-env.ts'

const serveModule = join(import.meta.dirname, '../functions/lib/serve.ts')
const readyTimeoutMs = 60_000
const drainMs = 10_000

/** Boots a system; what was started before a failure is ended again. Errors are `SkiffError`s with their exit code. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const closers: (() => unknown)[] = []
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    return await assemble(options, closers, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function assemble(
  options: RuntimeOptions,
  closers: (() => unknown)[],
  end: () => Promise<void>,
): Promise<Runtime> {
  const { projectDir, stateDir, progress } = options
  const clock = systemClock
  const random = options.seed === undefined ? systemRandom : seededRandom(options.seed)
  const startedAt = new Date(clock.now()).toISOString()
  const state = takeStateFolder(stateDir, options)
  closers.push(state.release)
  const log = jsonLog(state.openLog('runtime.log'), clock.now)

  progress('opening the store')
  const persistence = new SqlitePersistence(state.file('state.db'), {
    notice: message => log('error', message),
  })
  closers.push(() => persistence.close())
  const store = new ObjectStore({ clock, random, persistence })
  const registry = createRegistry()
  const client = new ApiClient({ store, registry, clock, random })

  const telemetry = await createTelemetry({
    ...{ store, clock, log, env: process.env, file: state.file('traces.jsonl') },
    writeAccess: state.openLog('access.log'),
    revisions: () => scaling.measures(),
    pod: name => scaling.pod(name),
    usage: () => runner.usage(),
  })
  closers.push(() => telemetry.stop())
  const lease = (target: RevisionTarget) => programs.lease(target) ?? scaling.upstreams.lease(target)
  const policy = meshPolicies({ store, clock, log, mesh: () => mesh })
  const authority = openAuthority(state, clock)
  const mesh = createMesh({
    clock,
    random,
    log,
    upstreams: { lease },
    policy,
    certificates: gatewayCertificates({ store, authority, clock }),
    onRequest: telemetry.onRequest,
    tracer: telemetry.tracer,
  })
  closers.push(() => mesh.close(drainMs))
  progress('opening the gateways')
  const gateways = new GatewayPorts({
    ...{ mesh, log, wanted: options.gatewayPorts },
    changed: ports => ensureSystemObjects(store, ports),
  })
  await gateways.openFirst()
  await mesh.listenCapture()
  ensureSystemObjects(store, gateways.ports)

  const environment = { lookup: lookupData(store), extraEnv: meshEnv(mesh, state) }
  const programs = new Programs({ store, clock, ...environment })
  const runner = createRunner({
    ...{ projectDir, stateDir, poolSize: options.poolSize, clock, log, serveModule, ...environment },
    ...(options.imagesFile ? { imagesFile: options.imagesFile } : {}),
  })
  closers.push(() => runner.stop())
  const forecast = state.json<ForecastMemory>('forecast.json')
  const scaling = createScaling({
    ...{ store, clock, random, log, instances: runner },
    config: () => configData(store, 'config-autoscaler'),
    forecast: Forecast.from(forecast.read() ?? { revisions: {} }),
  })
  closers.push(() => scaling.stop().then(() => forecast.write(scaling.forecast.toJSON())))
  const eventing = await createEventing({
    ...{ store, clock, random, log, send: mesh.send, file: state.file('broker.db') },
    containers: sourceContainers(runner, random),
    observer: telemetry.observer,
    ...rabbitmqEventing(process.env.RABBITMQ_URL),
  })
  closers.push(() => eventing.stop())
  for (const [host, service] of eventing.services) mesh.internal(host, service)

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
    ...{ store, clock, random, log, instances: runner, workloads: scaling.workloads },
    programmed: routes.programmed,
    publicPort: gateways.ports[80] ?? 80,
  })
  closers.push(controllers.stop)

  const scrape = await telemetry.listen()
  closers.push(() => scrape.close())
  const stopped = Promise.withResolvers<void>()
  const runtime: Runtime = {
    get ports() {
      return gateways.ports
    },
    status: () => ({
      ...{ pid: process.pid, startedAt, project: projectDir, ports: gateways.ports },
      metrics: `http://${scrape.address}/metrics`,
      ready: notReady(store).length === 0,
      services: serviceStatuses(store),
    }),
    ready: () => allReady(store, clock, readyTimeoutMs, progress),
    stop: () => end().then(stopped.resolve),
    stopped: stopped.promise,
  }
  const extra = new Map([
    ...controlEndpoints(runtime, mesh, programs),
    ...eventsEndpoints(eventing.events),
    ...telemetryEndpoints(telemetry),
  ])
  const api = createApiServer({
    client,
    registry,
    store,
    clock,
    log,
    logs: runner.logs,
    exec: runner.exec,
    computed: [
      deployments(store),
      endpointSlices(store),
      ...metricsResources({ pods: runner.usage, node: runner.nodeUsage, now: () => clock.now() }),
    ],
    extra,
  })
  await api.listenUnix(state.file('api.sock'))
  closers.push(() => api.close())
  await openApiAccess({ api, state, authority, clock })

  if (options.apply) {
    const { prepare } = runner
    await applyProject({ projectDir, client, store, prepare, record: state.json('applied.json'), progress })
  }
  if (options.watch) {
    const repointed = (revision: string) => progress(`repointed ${revision} to its changed source`)
    closers.push(watchSources({ projectDir, store, clock, log, resolve: runner.resolve, repointed }))
  }
  await runner.poolReady()
  return runtime
}

// Telemetry whole: metrics of requests, revisions, events and containers, traces, and the access log.
import type { Telemetry as TelemetryObject } from '../api/istio/telemetry/types.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { KubeObject } from '../kernel/object.ts'
import type { ObjectStore } from '../kernel/object-store.ts'
import { systemRandom } from '../kernel/random.ts'
import type { FinishedConnection } from '../seams/finished-connection.ts'
import type { FinishedRequest } from '../seams/finished-request.ts'
import type { PodUsage } from '../seams/pod-usage.ts'
import type { RevisionMeasures } from '../seams/revision-measures.ts'
import { accessLog, loggedConnection } from './access-log/access-log.ts'
import type { Span } from './contract.ts'
import { type EventObserver, observers } from './events.ts'
import { createContainerMetrics } from './metrics/container-metrics.ts'
import { EventMetrics } from './metrics/event-metrics.ts'
import { type Exposition, expose } from './metrics/exposition.ts'
import { RequestMetrics, type RequestMetricsOptions } from './metrics/request-metrics.ts'
import { openScrapeServer, type ScrapeServer } from './metrics/scrape-server.ts'
import { podFamilies, revisionFamilies } from './metrics/serving-metrics.ts'
import { type TelemetrySettings, telemetrySettings } from './settings.ts'
import { eventSpans } from './tracing/event-spans.ts'
import { Exporter, exporterTarget } from './tracing/exporter.ts'
import { HopSpans, type PodStart } from './tracing/hop-spans.ts'
import { TraceFile } from './tracing/trace-file.ts'
import { TraceRing } from './tracing/trace-ring.ts'
import { Tracer } from './tracing/tracer.ts'

export interface TelemetryOptions {
  store: ObjectStore
  clock: Clock
  log: Log
  env: Readonly<Record<string, string | undefined>>
  /** `traces.jsonl` in the state folder. */
  file: string
  /** Appends to the access log. */
  writeAccess(line: string): void
  revisions(): readonly RevisionMeasures[]
  /** Who a revision's pods are: asked for every request. */
  revision: RequestMetricsOptions['revision']
  pod(name: string): PodStart | undefined
  usage(): readonly PodUsage[]
}

export interface Telemetry {
  /** For the mesh: each request when a hop is done with it, and each hop when it begins. */
  onRequest(request: FinishedRequest): void
  /** Each connection that was carried as bytes, when it is over: the access log alone has it. */
  onConnection(connection: FinishedConnection): void
  tracer: Tracer
  /** For eventing. */
  observer: EventObserver
  traces: TraceRing
  metrics(): Promise<Exposition>
  /** Opens the endpoint that Prometheus scrapes. */
  listen(): Promise<ScrapeServer>
  /** Writes and sends what is left. */
  stop(): Promise<void>
}

export async function createTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const target = exporterTarget(options.env)
  const { settings, stop: unwatch } = followSettings(options, target !== undefined)
  const { tracer, traces, stop: endTraces } = await openTraces(options, target, () => settings().tracing)
  const { requests, events, metrics } = createMetrics(options)
  const logged = accessLog(() => settings().accessLog, options.writeAccess)
  return {
    ...{ tracer, traces, metrics },
    observer: observers([events, eventSpans({ tracer, find: id => traces.find(id), now: preciseNow })]),
    onRequest(request) {
      requests.record(request)
      if (request.span instanceof HopSpans) tracer.finish(request.span, request)
      logged(request)
    },
    onConnection: connection => logged(loggedConnection(connection)),
    listen: () => openScrapeServer({ metrics, revisions: options.revisions }),
    async stop() {
      unwatch()
      await endTraces()
    },
  }
}

/** Traces of this run and those before: kept in memory and in the file, and sent to a collector where there is one. */
async function openTraces(
  { clock, log, file: path, pod, revision }: TelemetryOptions,
  target: ReturnType<typeof exporterTarget>,
  settings: () => TelemetrySettings['tracing'],
) {
  const exporter = target && new Exporter({ ...target, clock, random: systemRandom, log })
  const file = new TraceFile({ clock, file: path })
  const traces = new TraceRing()
  for (const span of await file.load()) traces.add(span)
  const tracer = new Tracer({
    ...{ random: systemRandom, ring: traces, settings, now: preciseNow, pod },
    serviceOf: (namespace, name) => revision(namespace, name)?.labels['serving.knative.dev/service'] ?? name,
    ended(span: Span) {
      file.add(span)
      exporter?.add(span)
    },
  })
  return { tracer, traces, stop: () => Promise.all([file.close(), exporter?.close()]) }
}

/** Counters of requests and events, and what a scrape makes of them and of what runs at its moment. */
function createMetrics({ revision, revisions, usage }: TelemetryOptions) {
  const events = new EventMetrics()
  const requests = new RequestMetrics({ revision, toBroker: request => events.received(request) })
  const containers = createContainerMetrics()
  const metrics = () => {
    const all = revisions()
    return expose([
      ...requests.families(),
      ...revisionFamilies(all),
      ...podFamilies(requests.pods, all),
      ...events.families(),
      ...containers.families(usage(), requests.pods),
    ])
  }
  return { requests, events, metrics }
}

/** Milliseconds since the epoch, with fractions: most hops take less than one. */
const preciseNow = () => performance.timeOrigin + performance.now()

/** The settings as the objects say them now, read anew when one of them changes. */
function followSettings({ store, log }: TelemetryOptions, exports: boolean) {
  let current: TelemetrySettings | undefined
  const told = new Set<string>()
  const read = () => {
    const config = store.get<KubeObject & { data?: Record<string, string> }>(configMap, 'istio-system', 'istio')
    const telemetries = store.list<TelemetryObject>(telemetryKind)
    const settings = telemetrySettings({ meshConfig: config?.data?.mesh ?? '', telemetries, exports })
    for (const warning of settings.warnings.filter(one => !told.has(one))) {
      told.add(warning)
      log('warn', warning)
    }
    return settings
  }
  const stop = store.watch(({ object: { kind, metadata } }) => {
    const isConfig = kind === 'ConfigMap' && metadata.name === 'istio' && metadata.namespace === 'istio-system'
    if (isConfig || kind === telemetryKind.kind) current = undefined
  })
  const settings = () => {
    current ??= read()
    return current
  }
  return { settings, stop }
}

const configMap = { group: '', kind: 'ConfigMap' }
const telemetryKind = { group: 'telemetry.istio.io', kind: 'Telemetry' }

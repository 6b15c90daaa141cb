import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../kernel/clock.ts'
import { ObjectStore } from '../kernel/object-store.ts'
import { seededRandom } from '../kernel/random.ts'
import type { PodUsage } from '../seams/pod-usage.ts'
import type { RevisionMeasures } from '../seams/revision-measures.ts'
import { finishedRequest } from './finished-request.ts'
import { createTelemetry, type Telemetry } from './telemetry.ts'
import type { TracedHop } from './tracing/hop-spans.ts'

const folder = mkdtempSync(join(tmpdir(), 'telemetry-'))
const open: Telemetry[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop()
  rmSync(folder, { recursive: true, force: true })
})

const revision: RevisionMeasures = {
  ...{ namespace: 'app', revision: 'a-00001', serviceAccount: 'default', metric: 'concurrency', stable: 1, panic: 1 },
  labels: { app: 'a', 'serving.knative.dev/service': 'a', 'serving.knative.dev/configuration': 'a' },
  ...{ target: 70, panicking: false, excessBurstCapacity: 0, desired: 1, requested: 1, queued: 0, active: 0 },
  ...{ proxied: false, pods: [] },
}

async function started(env: Record<string, string> = {}) {
  const store = new ObjectStore({ clock: systemClock, random: seededRandom(1) })
  const lines: string[] = []
  const warnings: string[] = []
  const usage: PodUsage[] = []
  const telemetry = await createTelemetry({
    ...{ store, clock: systemClock, env, file: join(folder, 'traces.jsonl') },
    log: (_level, message) => void warnings.push(message),
    writeAccess: line => void lines.push(line),
    ...{ revisions: () => [revision], revision: () => revision, pod: () => undefined, usage: () => usage },
  })
  open.push(telemetry)
  const mesh = (text: string) =>
    store.create({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace: 'istio-system' } },
      data: { mesh: text },
    })
  const wide = (spec: object) =>
    store.create({
      ...{ apiVersion: 'telemetry.istio.io/v1', kind: 'Telemetry', spec },
      metadata: { name: 'mesh', namespace: 'istio-system' },
    })
  return { telemetry, lines, warnings, mesh, wide }
}

const hop = (headers: string[] = []): TracedHop => ({
  ...{ door: { kind: 'gateway', port: 80, scheme: 'http' }, host: 'a.app.localhost', target: '/' },
  incoming: { head: { method: 'GET', headers }, caller: undefined },
  ...{ headers: [...headers, 'x-request-id', 'r-1'], startedAt: Date.now() },
})

/** A request from its begin to its end. */
function request(telemetry: Telemetry, headers: string[] = []): TracedHop {
  const begun = hop(headers)
  const span = telemetry.tracer.begin(begun)
  span?.placed('a-00001-deployment-x', begun.headers)
  telemetry.onRequest(finishedRequest({ span }))
  return begun
}

describe('telemetry', () => {
  it('makes a metric and a trace of each request, and no line of an access log', async () => {
    const { telemetry, lines } = await started()
    request(telemetry)
    const { text } = await telemetry.metrics()
    expect(text).toMatch(/^istio_requests_total\{.*destination_app="a".*reporter="destination".*\} 1$/m)
    expect(text).toMatch(/^kn_revision_pods_desired\{.*kn_service_name="a".*\} 1$/m)
    expect(telemetry.traces.find('r-1')?.spans.map(({ service }) => service)).toEqual(['istio-ingressgateway', 'a'])
    expect(lines).toEqual([])
  })

  it('follows MeshConfig and Telemetry as they change', async () => {
    const { telemetry, lines, mesh, wide } = await started()
    mesh('accessLogFile: /dev/stdout\naccessLogFormat: "%RESPONSE_CODE%"')
    request(telemetry)
    expect(lines).toEqual(['200\n'])
    wide({ accessLogging: [{ disabled: true }], tracing: [{ randomSamplingPercentage: 0 }] })
    const { length } = telemetry.traces.list()
    request(telemetry)
    expect([lines.length, telemetry.traces.list().length]).toEqual([1, length])
  })

  it('says once what it cannot do', async () => {
    const { telemetry, warnings, wide } = await started()
    wide({ accessLogging: [{ providers: [{ name: 'als' }] }] })
    for (let count = 0; count < 3; count++) request(telemetry)
    expect(warnings).toEqual(['access log provider als is not supported, envoy writes in its place'])
  })

  it('leaves headers alone, until something is there to read them', async () => {
    const { telemetry } = await started()
    expect(request(telemetry).headers).toEqual(['x-request-id', 'r-1'])
    const exporting = await started({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })
    expect(request(exporting.telemetry).headers).toContain('traceparent')
  })

  it('refuses an endpoint that is none when it starts', async () => {
    await expect(started({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' })).rejects.toThrow(
      'such as http://localhost:4318',
    )
  })

  it('has what it kept, when it starts again', async () => {
    const folderOf = mkdtempSync(join(tmpdir(), 'telemetry-again-'))
    const options = {
      store: new ObjectStore({ clock: systemClock, random: seededRandom(1) }),
      ...{ clock: systemClock, log: () => {}, env: {}, file: join(folderOf, 'traces.jsonl'), writeAccess: () => {} },
      ...{ revisions: () => [revision], revision: () => revision, pod: () => undefined, usage: () => [] },
    }
    const first = await createTelemetry(options)
    request(first)
    const spans = first.traces.find('r-1')?.spans
    await first.stop()
    const second = await createTelemetry(options)
    open.push(second)
    expect(
      second.traces
        .find('r-1')
        ?.spans.map(({ spanId }) => spanId)
        .sort(),
    ).toEqual(spans?.map(({ spanId }) => spanId).sort())
    rmSync(folderOf, { recursive: true })
  })

  it('counts and traces events as eventing notes them', async () => {
    const { telemetry } = await started()
    const logged = { event: { attributes: { id: 'e-1', type: 'made', source: '/x' } }, headers: [] }
    telemetry.observer.arrived('log:1', 'app/orders', logged)
    const attempt = { to: 'http://a.app/', status: 200, ms: 4, next: 'done' }
    telemetry.observer.tried('log:1', 'app/pay', attempt, { broker: 'app/orders', logged })
    expect(telemetry.traces.find('e-1')?.spans.map(({ name }) => name)).toEqual([
      'broker:orders.app',
      'trigger:pay.app',
    ])
    expect((await telemetry.metrics()).text).toMatch(
      /kn_eventing_dispatch_duration_seconds_count\{.*trigger:pay\.app.*\} 1/,
    )
  })
})

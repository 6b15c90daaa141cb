// A real Prometheus scrapes the running system while it is under load: queries as one writes them for Istio and Knative.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectDir, startWorld, type World } from '../load/world.ts'
import { ask } from './acceptance/http.ts'
import { eventually, skiff } from './acceptance/skiff.ts'
import { canScrape, type Scraper, startScraper } from './prometheus-world.ts'

const host = 'api.greeting.localhost'
const dev = 'namespace="greeting"'
const called = 'destination_service_namespace="greeting",connection_security_policy="mutual_tls"'

/** The six of the greeting system, with the labels that Kubernetes has for pods and containers now. */
const six = [
  `up{${dev},pod=~"service-.*"}`,
  `container_memory_max_usage_bytes{${dev},pod=~"service-f-.*",container="user-container"}`,
  `container_memory_max_usage_bytes{${dev},pod=~"service-.*",container="user-container"}`,
  `container_network_transmit_packets_total{${dev},pod=~"service-e-.*"}`,
  `istio_requests_total{${called},destination_app="service-a"}`,
  `istio_response_bytes_count{${called},source_app="service-a"}`,
]

describe.skipIf(!canScrape)('Prometheus', { timeout: 180_000 }, () => {
  let world: World
  let scraper: Scraper
  let metrics: string
  let loading = true
  let load: Promise<void>[] = []

  const greet = () => ask(world.port, host, '/api/greeting')
  const keepAsking = async () => {
    while (loading) await greet()
  }
  const series = (query: string) =>
    eventually(
      () => scraper.query(query),
      found => found.length > 0,
      60,
    )

  beforeAll(async () => {
    world = await startWorld()
    const status = await skiff(world.stateDir, ['status', '--json'])
    metrics = (JSON.parse(status.out) as { metrics: string }).metrics
    await greet()
    scraper = await startScraper(metrics)
    load = [keepAsking(), keepAsking()]
  }, 180_000)

  afterAll(async () => {
    loading = false
    await Promise.all(load)
    await scraper?.stop()
    await world?.stop()
  }, 60_000)

  it.each(six)('OBS-44: %s', async query => {
    expect(await series(query)).not.toEqual([])
  })

  it('scrapes each function by itself, and says which instance it was', async () => {
    const up = await series(`up{${dev},pod=~"service-a-.*"} == 1`)
    expect(up[0]?.metric).toMatchObject({ namespace: 'greeting', service: 'service-a', container: 'user-container' })
    const own = await series('http_requests_total{service="service-a",code="200"}')
    expect(own[0]?.metric.pod).toMatch(/^service-a-00001-deployment-/)
  })

  it('counts a request at both of its ends, with all of Istio’s labels', async () => {
    const [one] = await series(
      'istio_requests_total{reporter="source",source_app="service-a",destination_app="service-b"}',
    )
    expect(one?.metric).toMatchObject({
      source_workload: 'service-a-00001-deployment',
      source_workload_namespace: 'greeting',
      source_principal: 'spiffe://cluster.local/ns/greeting/sa/default',
      source_canonical_service: 'service-a',
      source_canonical_revision: 'service-a-00001',
      destination_workload: 'service-b-00001-deployment',
      destination_service: 'service-b-00001.greeting.svc.cluster.local',
      destination_service_name: 'service-b-00001',
      destination_canonical_service: 'service-b',
      request_protocol: 'http',
      response_code: '200',
      response_flags: '-',
      connection_security_policy: 'unknown',
    })
    const ends = await series(
      'sum by (reporter) (istio_requests_total{source_app="service-a",destination_app="service-b"})',
    )
    expect(ends.map(({ metric }) => metric.reporter).sort()).toEqual(['destination', 'source'])
    expect(ends[0]?.value).toBe(ends[1]?.value)
  })

  it('tells rates, shares and percentiles under load', async () => {
    const [rate] = await eventually(
      () => scraper.query('sum(rate(istio_requests_total{reporter="source",destination_app="service-a"}[30s]))'),
      found => (found[0]?.value ?? 0) > 0,
      60,
    )
    expect(rate?.value).toBeGreaterThan(0)
    const quantile = 'histogram_quantile(0.99, sum by (le) (rate(istio_request_duration_milliseconds_bucket[30s])))'
    expect((await series(quantile))[0]?.value).toBeGreaterThan(0)
  })

  it('knows what the autoscaler, the pods and the broker do', async () => {
    const [pods] = await eventually(
      () => scraper.query('kn_revision_pods_count{kn_service_name="service-a"}'),
      found => (found[0]?.value ?? 0) >= 1,
      60,
    )
    expect(pods?.metric).toMatchObject({ k8s_namespace_name: 'greeting', kn_revision_name: 'service-a-00001' })
    const took = await series('kn_serving_invocation_duration_seconds_count{kn_service_name="service-a"}')
    expect(took[0]?.metric).toMatchObject({ http_response_status_code: '200', service_name: 'service-a' })
    const delivered =
      'kn_eventing_dispatch_duration_seconds_count{messaging_destination_name="trigger:service-f.greeting"}'
    expect((await series(delivered))[0]?.metric).toMatchObject({ kn_broker_name: 'greetings' })
    await series('kn_eventing_dispatch_duration_seconds_count{messaging_destination_name="broker:greetings.greeting"}')
  })

  it('BKI-20: knows the shares of versions that a rule has set', async () => {
    const ruled = await skiff(world.stateDir, ['rules', 'bookinfo', 'traffic-shifting-50-v3'])
    expect(ruled).toMatchObject({ code: 0 })
    const calls = 200
    const visit = async (count: number) => {
      for (let call = 0; call < count; call++) await ask(world.port, 'bookinfo.example.com', '/productpage')
    }
    const shares = () =>
      scraper.query(
        'sum by (destination_version) (istio_requests_total{reporter="destination",destination_app="reviews"})',
      )
    await Promise.all(Array.from({ length: 4 }, () => visit(calls / 4)))
    const found = await eventually(shares, series => series.reduce((sum, { value }) => sum + value, 0) >= calls, 60)
    expect(found.map(({ metric }) => metric.destination_version).sort()).toEqual(['v1', 'v3'])
    // Four standard deviations of a fair draw.
    for (const { value } of found) expect(Math.abs(value / calls - 0.5)).toBeLessThan(0.15)
  })

  it('has every metric that the dashboards in istio/observability show', async () => {
    const text = await (await fetch(metrics)).text()
    const exported = new Set(Array.from(text.matchAll(/^([a-z_]+)\{/gm), ([, name]) => name ?? ''))
    const used = dashboards().flatMap(({ file, names }) => names.map(name => ({ file, name })))
    expect(used.length).toBeGreaterThan(20)
    expect(used.filter(({ name }) => !exported.has(name))).toEqual([])
  })
})

interface Dashboard {
  title: string
  panels: { targets: { expr: string }[] }[]
  templating: { list: { query: string }[] }
}

const metricName = /\b(?:istio|kn|container|http|process|nodejs)_[a-z0-9_]+(?=[{[\s),])/g

/** The metrics that each dashboard asks for. */
function dashboards(): { file: string; names: string[] }[] {
  const folder = join(projectDir, 'istio/observability/grafana')
  return readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .map(file => {
      const { panels, templating } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dashboard
      const queries = [
        ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
        ...templating.list.map(one => one.query),
      ]
      // Labels to sum by, or to list the values of, look like metrics.
      const bare = queries
        .join('\n')
        .replace(/\bby \([^)]*\)/g, '')
        .replace(/\{[^}]*\}/g, '{')
        .replace(/, \w+\)$/gm, ')')
      const names = [...bare.matchAll(metricName)].map(([name]) => name)
      return { file, names: [...new Set(names)] }
    })
}

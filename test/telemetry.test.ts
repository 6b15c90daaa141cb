// Traces and logs of the running system: a cold chain as one tree, what functions and collectors get, and the access log.

import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../load/world.ts'
import type { Span, TraceSummary, TraceView } from '../local/telemetry/contract.ts'
import { ask } from './acceptance/http.ts'
import { eventually, skiff } from './acceptance/skiff.ts'

const host = 'api.greeting.localhost'
const traceId = '463ac35c9f6413ad48485a3953bb6124'
const services = [
  'service-a',
  'service-b',
  'service-c',
  'service-d',
  'service-e',
  'service-f',
  'service-g',
  'service-h',
]

async function trace(world: World, id: string): Promise<TraceView> {
  const ran = await skiff(world.stateDir, ['traces', id, '--json'])
  if (ran.code !== 0) throw new Error(ran.err)
  return JSON.parse(ran.out) as TraceView
}

/** With F's delivery, which comes after the answer. */
const whole = (world: World, id: string) =>
  eventually(
    () => trace(world, id),
    ({ tree }) => tree.some(row => row.service === 'trigger' && row.end !== undefined),
    60,
  )

const greet = (world: World, headers: Record<string, string> = {}) =>
  ask(world.port, host, '/api/greeting', { headers })

const newestOf = async (world: World): Promise<TraceSummary> => {
  const ran = await skiff(world.stateDir, ['traces', '--json'])
  const found = (JSON.parse(ran.out) as TraceSummary[]).findLast(one => one.name === `GET ${host}/api/greeting`)
  if (!found) throw new Error(`no trace of a greeting in ${ran.out}`)
  return found
}

const parentOf = (view: TraceView, row: Span) => view.tree.find(one => one.spanId === row.parentId)

describe('a system as it comes', { timeout: 120_000 }, () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  }, 120_000)
  afterAll(() => world?.stop())

  it('OBS-46: a cold chain is one trace of gateway, activator, eight functions, broker and trigger', async () => {
    expect((await greet(world)).status).toBe(200)
    const view = await whole(world, (await newestOf(world)).id)
    expect(view.services).toEqual(expect.arrayContaining([...services, 'broker', 'trigger']))
    expect(view.tree.filter(row => row.depth === 0)).toHaveLength(1)
    const names = (service: string) => view.tree.filter(row => row.service === service).map(({ name }) => name)
    expect(names('activator').filter(name => name === 'queue').length).toBeGreaterThanOrEqual(8)
    expect(names('activator')).toEqual(expect.arrayContaining(['queue', 'start', 'ready']))
    const ran = (service: string) => view.tree.find(row => row.service === service && row.kind === 'server')
    const callerOf = (service: string) => {
      const row = ran(service)
      const hop = row && parentOf(view, row)
      return hop && parentOf(view, hop)?.service
    }
    expect(services.slice(1).map(callerOf)).toEqual([
      ...['service-a', 'service-a', 'service-b', 'service-b', 'trigger', 'service-e', 'service-e'],
    ])
    for (const row of view.tree) {
      const parent = parentOf(view, row)
      if (parent) expect(row.start).toBeGreaterThanOrEqual(parent.start - 1)
    }
  })

  it('prints the list, and the waterfall of one with a bar each', async () => {
    const { id } = await newestOf(world)
    const list = await skiff(world.stateDir, ['traces'])
    expect(list.out).toMatch(/^TRACE +STARTED +DURATION +SPANS +OUTCOME +NAME\n/)
    expect(list.out).toContain(`${id}   `)
    const { out } = await skiff(world.stateDir, ['traces', id])
    const lines = out.trimEnd().split('\n')
    expect(lines[0]).toContain(id)
    expect(lines[1]).toMatch(/^istio-ingressgateway → GET api\.greeting\.localhost\/api\/greeting +200 .* ms +─+$/)
    expect(lines.some(line => /^ +activator queue +\d.* ms +·+$/.test(line))).toBe(true)
    expect(lines.some(line => /^ +service-h GET \/api\/ping +\d.* ms +█+$/.test(line))).toBe(true)
  })

  it('says when there is no such trace', async () => {
    expect(await skiff(world.stateDir, ['traces', 'f'.repeat(32)])).toMatchObject({ code: 1, out: '' })
  })

  it('OBS-18: shows what all functions logged about one trace, in order', async () => {
    await greet(world, { 'x-b3-traceid': traceId, 'x-b3-spanid': '00f067aa0ba902b7', 'x-b3-sampled': '1' })
    const ran = await eventually(
      () => skiff(world.stateDir, ['logs', '--trace', traceId]),
      ({ out }) => services.every(name => out.includes(`[greeting/${name}-00001-deployment-`)),
      30,
    )
    const lines = ran.out.trimEnd().split('\n')
    const times = lines.map(line => /"time":"([^"]+)"/.exec(line)?.[1] ?? '')
    expect(times).toEqual([...times].sort())
    expect(lines.every(line => line.includes(traceId))).toBe(true)
  })

  it('finds the lines of a trace that no client named, by the request ids of its hops', async () => {
    await greet(world)
    const { id } = await newestOf(world)
    const ran = await eventually(
      () => skiff(world.stateDir, ['logs', '--trace', id]),
      ({ out }) => ['service-a', 'service-c', 'service-h'].every(name => out.includes(`/${name}-00001-`)),
      30,
    )
    expect(ran.code).toBe(0)
  })

  it('leaves a client’s own trace alone in what functions get, as Istio without a tracing provider does', async () => {
    const given = `00-${'a'.repeat(32)}-00f067aa0ba902b7-01`
    await greet(world, { traceparent: given })
    const view = await whole(world, 'a'.repeat(32))
    expect(view.tree[0]).toMatchObject({ traceId: 'a'.repeat(32), parentId: '00f067aa0ba902b7' })
    expect(view.services).toEqual(expect.arrayContaining(services))
  })

  it('keeps no trace of a client that says so', async () => {
    const id = 'b'.repeat(32)
    await greet(world, { traceparent: `00-${id}-00f067aa0ba902b7-00` })
    expect((await skiff(world.stateDir, ['traces', id])).code).toBe(1)
  })

  it('writes Istio’s access log as soon as MeshConfig asks for it, as text and as JSON', async () => {
    const log = join(world.stateDir, 'logs/access.log')
    const mesh = (text: string) => {
      const config = {
        ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace: 'istio-system' } },
        data: { mesh: text },
      }
      return skiff(world.stateDir, ['apply', '-f', '-'], { stdin: JSON.stringify(config) })
    }
    await greet(world)
    expect(readFileSync(log, 'utf8')).toBe('')
    expect(await mesh('accessLogFile: /dev/stdout\n')).toMatchObject({ code: 0 })
    await greet(world, { 'user-agent': 'tester' })
    const line =
      readFileSync(log, 'utf8')
        .split('\n')
        .find(one => one.includes('"tester"')) ?? ''
    const address = String.raw`127\.0\.0\.1:\d+`
    expect(line).toMatch(
      new RegExp(
        String.raw`^\[\d{4}-.*Z\] "GET /api/greeting HTTP/1\.1" 200 - via_upstream - "-" 0 \d+ \d+ \d+ "127\.0\.0\.1,127\.0\.0\.1" "tester" ` +
          String.raw`"[0-9a-f-]{36}" "[^"]+" "[^"]+" outbound\|\S+ - ${address} 127\.0\.0\.1:0 - \S+$`,
      ),
    )
    await mesh('accessLogFile: /dev/stdout\naccessLogEncoding: JSON\n')
    await greet(world, { 'user-agent': 'tester' })
    const json = readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) ?? ''
    expect(JSON.parse(json)).toMatchObject({ method: 'GET', response_code: 200, protocol: 'HTTP/1.1' })
    await mesh('{}')
  })

  it('shows traces of before, after a restart', async () => {
    const { id } = await newestOf(world)
    const before = await trace(world, id)
    await skiff(world.stateDir, ['down'])
    const again = await startWorld({ stateDir: world.stateDir })
    try {
      expect((await trace(again, id)).tree.length).toBeGreaterThanOrEqual(before.tree.length - 1)
    } finally {
      await again.stop()
    }
  })
})

interface Exported {
  resourceSpans: {
    resource: object
    scopeSpans: { spans: { traceId: string; spanId: string; parentSpanId?: string }[] }[]
  }[]
}

describe('with a collector', { timeout: 120_000 }, () => {
  const spans: Exported['resourceSpans'][number]['scopeSpans'][number]['spans'] = []
  let refusals = 1
  let collector: Server
  let world: World

  beforeAll(async () => {
    collector = createServer(async (request, response) => {
      const body = (await json(request)) as Exported
      const good = request.url === '/v1/traces' && request.headers['x-key'] === 'k 1' && refusals-- <= 0
      if (good) spans.push(...body.resourceSpans.flatMap(one => one.scopeSpans).flatMap(one => one.spans))
      response.writeHead(good ? 200 : 503).end('{}')
    })
    await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=k%201' }
    world = await startWorld({ env })
  }, 120_000)

  afterAll(async () => {
    await world?.stop()
    collector?.close()
  })

  it('every span of a chain gets there, though it refused at first, with its parent among them', async () => {
    await greet(world)
    const { id } = await newestOf(world)
    await whole(world, id)
    const mine = () => spans.filter(span => span.traceId === id)
    const { tree } = await trace(world, id)
    await eventually(
      () => mine().length,
      count => count >= tree.length,
      30,
    )
    const ids = new Set(mine().map(({ spanId }) => spanId))
    expect(mine().filter(({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId))).toEqual([])
  })

  it('and functions get the context of their own span', async () => {
    await greet(world, { b3: `${traceId}-00f067aa0ba902b7-1` })
    const { tree } = await whole(world, traceId)
    expect(tree[0]?.parentId).toBe('00f067aa0ba902b7')
    const { out } = await eventually(
      () => skiff(world.stateDir, ['logs', '--trace', traceId]),
      ran => ran.out.includes('/service-h-00001-'),
      30,
    )
    expect(out).toContain(`"trace_id":"${traceId}"`)
  })
})

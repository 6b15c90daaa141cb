import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { seededRandom } from '../../kernel/random.ts'
import type { Span } from '../contract.ts'
import { Exporter, exporterTarget } from './exporter.ts'

interface Export {
  resourceSpans: { scopeSpans: { spans: { spanId: string }[] }[] }[]
}

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A collector that answers with these statuses in turn, then 200. */
async function collector(...statuses: number[]) {
  const got: string[][] = []
  const server = createServer(async (request, response) => {
    const { resourceSpans } = (await json(request)) as Export
    const status = statuses.shift() ?? 200
    if (status === 200) got.push(resourceSpans.flatMap(one => one.scopeSpans[0]?.spans ?? []).map(one => one.spanId))
    response.writeHead(status).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, got, server }
}

const span = (spanId: string): Span => ({
  ...{
    traceId: 't',
    spanId,
    service: 'a',
    namespace: 'n',
    name: 'x',
    kind: 'server',
    start: 1,
    end: 2,
    attributes: {},
  },
})

function exporterTo(url: string) {
  const clock = new FakeClock()
  const logged: string[] = []
  const exporter = new Exporter({
    ...{ url, headers: {}, clock, random: seededRandom(1) },
    log: (_level, message) => void logged.push(message),
  })
  /** Moves the clock on until `done`: requests take real time. */
  const until = async (done: () => boolean) => {
    for (let step = 0; step < 400 && !done(); step++) {
      clock.advance(500)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    expect(done()).toBe(true)
  }
  return { exporter, logged, until }
}

describe('the exporter', () => {
  it('sends what came within a second in one request', async () => {
    const { url, got } = await collector()
    const { exporter, until } = exporterTo(url)
    for (const id of ['1', '2']) exporter.add(span(id))
    await until(() => got.length > 0)
    expect(got).toEqual([['1', '2']])
  })

  it.each([429, 502, 503, 504])('tries again after %i, in the same order, with nothing lost', async status => {
    const { url, got } = await collector(status, status)
    const { exporter, until } = exporterTo(url)
    for (const id of ['1', '2']) exporter.add(span(id))
    await until(() => got.length > 0)
    expect([got, exporter.dropped]).toEqual([[['1', '2']], 0])
  })

  it.each([400, 401, 500])('does not repeat what was answered %i, says so, and goes on', async status => {
    const { url, got } = await collector(status)
    const { exporter, logged, until } = exporterTo(url)
    exporter.add(span('1'))
    await until(() => exporter.dropped === 1)
    exporter.add(span('2'))
    await until(() => got.length > 0)
    expect(got).toEqual([['2']])
    expect(logged[0]).toContain(`refused 1 spans: ${status}`)
  })

  it('says once that nobody listens, and keeps no more than it may: the newest', async () => {
    const { url, server } = await collector()
    server.close()
    const { exporter, logged, until } = exporterTo(url)
    for (let count = 0; count < 9_000; count++) exporter.add(span(String(count)))
    expect(exporter.dropped).toBe(9_000 - 8_192)
    await until(() => logged.length > 0)
    await until(() => true)
    expect(logged).toHaveLength(1)
  })

  it('sends large amounts in pieces, all of them', async () => {
    const { url, got } = await collector()
    const { exporter, until } = exporterTo(url)
    for (let count = 0; count < 1_200; count++) exporter.add(span(String(count)))
    await until(() => got.flat().length === 1_200)
    expect(got.map(batch => batch.length)).toEqual([512, 512, 176])
  })

  it('sends what is left when it closes, and does not wait for a collector that is gone', async () => {
    const { url, got } = await collector()
    const { exporter } = exporterTo(url)
    exporter.add(span('1'))
    await exporter.close()
    expect(got).toEqual([['1']])
    const nobody = exporterTo('http://127.0.0.1:9/v1/traces').exporter
    nobody.add(span('1'))
    await nobody.close()
  })
})

describe('where traces go', () => {
  it.each<[string, Record<string, string>, object | undefined]>([
    ['nowhere', {}, undefined],
    ['a base', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, { url: 'http://c:4318/v1/traces' }],
    ['a base with a path', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c/otlp/' }, { url: 'http://c/otlp/v1/traces' }],
    [
      'an endpoint of traces alone, as it is',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://t/x' },
      { url: 'https://t/x' },
    ],
    [
      'with headers',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_EXPORTER_OTLP_HEADERS: 'Api-Key=a%20b, other=%zz,bad' },
      { headers: { 'api-key': 'a b', other: '%zz' } },
    ],
    ['switched off', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_SDK_DISABLED: 'true' }, undefined],
  ])('%s', (_where, env, expected) => {
    if (expected) expect(exporterTarget(env)).toMatchObject(expected)
    else expect(exporterTarget(env)).toBeUndefined()
  })

  it.each(['localhost:4318', 'nonsense', 'ftp://c'])('refuses %s with what would be right', endpoint => {
    expect(() => exporterTarget({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toThrow('such as http://localhost:4318')
  })
})

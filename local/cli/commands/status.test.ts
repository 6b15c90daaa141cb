import { beforeEach, describe, expect, it } from 'vitest'
import type { RuntimeStatus } from '../../composition/runtime.ts'
import type { TraceSummary } from '../../telemetry/contract.ts'
import { runCli } from '../cli-under-test.ts'

const booted: RuntimeStatus = {
  ...{ pid: 42, startedAt: '', project: '/projects/shop', ports: { 80: 8080, 443: 8443 } },
  ...{ metrics: 'http://127.0.0.1:15020/metrics', ready: true, services: [] },
}
const cart = {
  namespace: 'shop',
  name: 'cart',
  url: 'http://cart.shop',
  ready: 'False',
  reason: 'Broken',
  instances: 2,
}
const summary: TraceSummary = {
  ...{ id: 't-1', name: 'GET cart.shop/', start: Date.UTC(2026, 0, 1), durationMs: 12.5, spans: 3 },
  ...{ services: ['cart', 'till'], failed: false },
}

let status: RuntimeStatus
let traces: TraceSummary[]
let asked: string[]
beforeEach(() => {
  status = { ...booted, startedAt: new Date(Date.now() - 90_000).toISOString() }
  traces = [summary]
  asked = []
})
const cli = runCli({
  extra: new Map([
    ['/skiff/status', (_, response) => void response.end(JSON.stringify(status))],
    [
      '/skiff/traces',
      ({ url = '' }, response) => {
        asked.push(url)
        response.end(JSON.stringify(traces))
      },
    ],
  ]),
})

describe('status', () => {
  it('tells of the runtime, its ports and its project', async () => {
    const { code, out } = await cli.skiff(['status'])
    expect(code).toBe(0)
    expect(out).toMatch(/^runtime {4}ready, process 42, up 9\d s\nproject {4}\/projects\/shop\n/)
    expect(out).toContain('ports      80 → 8080, 443 → 8443\n')
    expect(out).toMatch(/metrics {4}http:\/\/127\.0\.0\.1:15020\/metrics\n$/)
  })

  it('tells of each service, and why one is not Ready', async () => {
    status = { ...status, ready: false, services: [cart], ports: {} }
    const { out } = await cli.skiff(['status'])
    expect(out).toContain('not ready, process 42')
    expect(out).toContain('ports      none\n')
    expect(out).toMatch(/^shop +cart +False +2 +http:\/\/cart\.shop +Broken$/m)
  })

  it('gives all of it as JSON', async () => {
    expect(JSON.parse((await cli.skiff(['status', '--json'])).out)).toEqual(JSON.parse(JSON.stringify(status)))
  })
})

describe('traces', () => {
  it('lists the newest, so many as asked', async () => {
    const { out } = await cli.skiff(['traces', '--limit', '5'])
    expect(out).toMatch(/t-1/)
    expect(out).toMatch(/GET cart\.shop\//)
    expect(asked).toEqual(['/skiff/traces?limit=5'])
  })

  it('says when there are none', async () => {
    traces = []
    expect(await cli.skiff(['traces'])).toEqual({ code: 0, out: 'no traces yet\n', err: '' })
    expect(asked).toEqual(['/skiff/traces?limit=20'])
  })

  it('asks for one by its id, whatever stands in it', async () => {
    await cli.skiff(['traces', 'a b/c'])
    expect(asked).toEqual(['/skiff/traces?id=a%20b%2Fc'])
  })

  it.each(['0', '-1', 'all'])('refuses a limit of %s', async limit => {
    expect(await cli.skiff(['traces', '--limit', limit])).toMatchObject({ code: 2, out: '' })
  })
})

describe('down', () => {
  it('has nothing to stop where no runtime holds the folder', async () => {
    expect(await cli.skiff(['down'])).toMatchObject({ code: 0, out: expect.stringContaining('nothing to stop') })
    expect(JSON.parse((await cli.skiff(['down', '--json'])).out)).toEqual({ stopped: null })
  })
})

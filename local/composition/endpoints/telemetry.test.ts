import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../kernel/clock.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import type { Span } from '../../telemetry/contract.ts'
import { createTelemetry, type Telemetry } from '../../telemetry/telemetry.ts'
import { telemetryEndpoints } from './telemetry.ts'

const folder = mkdtempSync(join(tmpdir(), 'telemetry-endpoints-'))
let telemetry: Telemetry
let server: Server

const span = (traceId: string): Span => ({
  ...{ traceId, spanId: 's', service: 'a', namespace: 'n', name: `GET ${traceId}`, kind: 'server', start: 1, end: 3 },
  attributes: { 'guid:x-request-id': `r-${traceId}` },
})

beforeAll(async () => {
  telemetry = await createTelemetry({
    store: new ObjectStore({ clock: systemClock, random: seededRandom(1) }),
    ...{ clock: systemClock, log: () => {}, env: {}, file: join(folder, 'traces.jsonl'), writeAccess: () => {} },
    ...{ revisions: () => [], revision: () => undefined, pod: () => undefined, usage: () => [] },
  })
  for (const id of ['t-1', 't-2', 't-3']) telemetry.traces.add(span(id))
  const handlers = telemetryEndpoints(telemetry)
  server = createServer((request, response) => {
    void handlers.get((request.url ?? '').replace(/\?.*/, ''))?.(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})

afterAll(async () => {
  server.close()
  await telemetry.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function get(path: string) {
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)
  return { status: answer.status, body: await answer.json() }
}

describe('/skiff/traces', () => {
  it('lists the newest, oldest first', async () => {
    const { body } = await get('/skiff/traces?limit=2')
    expect(body.map((one: { id: string }) => one.id)).toEqual(['t-2', 't-3'])
    expect(body[0]).toEqual({
      ...{ id: 't-2', name: 'GET t-2', start: 1, durationMs: 2, spans: 1, services: ['a'], failed: false },
    })
  })

  it.each(['t-2', 'r-t-2'])('gives one by %s', async id => {
    expect((await get(`/skiff/traces?id=${id}`)).body).toMatchObject({
      ...{ id: 't-2', ids: ['t-2', 'r-t-2'], tree: [{ name: 'GET t-2', depth: 0 }] },
    })
  })

  it.each([
    ['id=none', 404, 'no trace with the id none'],
    ['id=', 404, 'no trace with the id '],
    ['limit=0', 400, 'limit must be a whole number above 0'],
    ['limit=many', 400, 'limit must be a whole number above 0'],
  ])('refuses %s', async (query, status, message) => {
    expect(await get(`/skiff/traces?${query}`)).toMatchObject({
      status,
      body: { kind: 'Status', message: expect.stringContaining(message) },
    })
  })
})

it('/metrics is the text that Prometheus scrapes', async () => {
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`)
  expect(answer.headers.get('content-type')).toContain('version=0.0.4')
  expect(await answer.text()).toContain('# TYPE istio_requests_total counter')
})

import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { answering } from '../testing/backend.ts'
import { countedUpstreams } from '../testing/counted-upstreams.ts'
import { eventually } from '../testing/raw-client.ts'
import { answerInTime, ask, backendOf, host, worldOf } from './gateway-harness.ts'

// An instance dies in each phase of an exchange; another one stands by.

type Death = (socket: Socket, text: string) => void

const atOnce: Death = socket => void socket.destroy()
const afterBody: Death = (socket, text) => void (text.endsWith('body') && socket.destroy())
const inHead: Death = socket => void socket.write('HTTP/1.1 200 OK\r\ncontent-le', () => socket.destroy())
const afterInterim: Death = socket => void socket.write('HTTP/1.1 103 Early Hints\r\n\r\n', () => socket.destroy())
const inBody: Death = socket =>
  void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart', () => socket.destroy())
const inChunk: Death = socket =>
  void socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\npart', () => socket.destroy())
const betweenChunks: Death = socket =>
  void socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n', () => socket.destroy())

async function killed(death: Death, method: string) {
  const dying = await backendOf(death)
  const healthy = await backendOf(answering('alive'))
  const world = await worldOf(countedUpstreams(dying.port, healthy.port))
  const body = method === 'PUT' || method === 'POST' ? 'content-length: 4\r\n\r\nbody' : '\r\n'
  return { ...world, client: ask(world.port, `${method} / HTTP/1.1\r\n${host}${body}`), healthy }
}

describe('an instance that dies before it answered', () => {
  const deaths: [string, Death][] = [
    ['as soon as it has the head', atOnce],
    ['in the middle of its own head', inHead],
    ['after an interim answer', afterInterim],
  ]
  for (const [when, death] of deaths) {
    it.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])(`${when}: %s goes to another one`, async method => {
      const { client, upstreams, records } = await killed(death, method)
      await client.until('alive')
      expect([upstreams.granted, upstreams.failed, upstreams.released]).toEqual([2, 1, 1])
      expect(records[0]).toMatchObject({ status: 200, attempts: 2 })
    })

    it.each(['POST', 'PATCH'])(`${when}: %s is not repeated`, async method => {
      const { client, upstreams, healthy } = await killed(death, method)
      expect(await client.until('termination')).toContain('HTTP/1.1 503 Service Unavailable\r\n')
      expect([upstreams.failed, upstreams.released, healthy.connections.length]).toEqual([1, 0, 0])
    })
  }

  it('when it has the whole body: PUT is sent again, body and all', async () => {
    const { client, healthy } = await killed(afterBody, 'PUT')
    await client.until('alive')
    expect(healthy.received[0]).toMatch(/\r\n\r\nbody$/)
  })
})

describe('instances that die one after the other', () => {
  async function dying(deaths: number, limits = {}) {
    const clock = new FakeClock()
    const backend = await backendOf((socket, _text, index) =>
      index < deaths ? atOnce(socket, '') : answering('alive')(socket),
    )
    const upstreams = countedUpstreams(backend.port)
    upstreams.limits = { ...upstreams.limits, ...limits }
    const world = await worldOf(upstreams, { clock })
    return { ...world, clock }
  }

  it('ten of them do not fail a request, which waits longer each time', async () => {
    const { port, clock, records } = await dying(10)
    const from = clock.now()
    await answerInTime(clock, ask(port, `GET / HTTP/1.1\r\n${host}\r\n`), 'alive')
    expect(records[0]).toMatchObject({ status: 200, attempts: 11 })
    expect(clock.now() - from).toBeGreaterThanOrEqual(10 + 20 + 40 + 80 + 160 + 320 + 640 + 1_000 + 1_000)
  })

  it('fail it once its time is over', async () => {
    const { port, clock, upstreams, records } = await dying(99, { timeoutMs: 500 })
    const text = await answerInTime(clock, ask(port, `GET / HTTP/1.1\r\n${host}\r\n`), 'termination')
    expect(text).toContain('HTTP/1.1 503 Service Unavailable\r\n')
    expect(records[0]).toMatchObject({ flags: 'URX,UC', attempts: upstreams.granted })
    expect(upstreams.granted).toBeLessThan(9)
  })

  it('are asked no more once the client has left', async () => {
    const { port, clock, upstreams, records } = await dying(99)
    const client = ask(port, `GET / HTTP/1.1\r\n${host}\r\n`)
    await eventually(() => upstreams.failed === 2)
    client.close()
    await eventually(() => records.length === 1)
    await clock.advance(60_000)
    expect([upstreams.granted, upstreams.failed]).toEqual([2, 2])
  })
})

describe('an instance that dies in its answer', () => {
  const deaths: [string, Death][] = [
    ['in a body of known length', inBody],
    ['in a chunk', inChunk],
    ['between chunks', betweenChunks],
  ]
  it.each(deaths)(
    '%s: the client sees the connection cut, never a whole answer, and nobody is asked again',
    async (_when, death) => {
      const { client, upstreams, records } = await killed(death, 'GET')
      const text = await client.end()
      expect(text).toContain('part')
      expect(text).not.toMatch(/\r\n0\r\n\r\n$/)
      await eventually(() => records.length === 1)
      expect(records[0]).toMatchObject({ status: 200, flags: 'UC', attempts: 1 })
      expect([upstreams.granted, upstreams.failed + upstreams.released]).toEqual([1, 1])
    },
  )
})

describe('an instance that is killed while the client leaves', () => {
  it('gives its place back exactly once', async () => {
    const { client, upstreams } = await killed(socket => void setTimeout(() => socket.destroy(), 5), 'GET')
    await eventually(() => upstreams.granted === 1)
    client.close()
    await eventually(() => upstreams.failed + upstreams.released >= 1)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(upstreams.failed + upstreams.released).toBe(upstreams.granted)
  })
})

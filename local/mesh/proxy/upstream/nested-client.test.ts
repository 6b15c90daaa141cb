import { describe, expect, it } from 'vitest'
import type { Framing } from '../../codec/framing.ts'
import type { HeaderList, ResponseHead } from '../../codec/head.ts'
import type { AttemptClient, TunnelEnd } from '../client.ts'
import { responseHead } from '../headers/response-headers.ts'
import type { LocalReply } from '../local-reply.ts'
import { NestedClient, type NestedOptions } from './nested-client.ts'

/** The hop before: tells in order what reached it. */
class Outer implements AttemptClient {
  told: unknown[] = []
  room = true
  head({ status, headers }: ResponseHead, framing: Framing): void {
    this.told.push({ status, headers, framing })
  }
  interim({ status }: ResponseHead): void {
    this.told.push(`interim ${status}`)
  }
  body(data: Buffer): void {
    this.told.push(data.toString())
  }
  end(trailers: HeaderList): void {
    this.told.push({ trailers })
  }
  flush(): boolean {
    this.told.push('flush')
    return this.room
  }
  cut(): void {
    this.told.push('cut')
  }
  failed(): void {
    this.told.push('failed')
  }
  resume(): void {
    this.told.push('resume')
  }
  tunnel(): void {
    this.told.push('tunnel')
  }
}

function nested(options: Partial<NestedOptions> = {}) {
  const outer = new Outer()
  const own = { date: () => 'D', server: 'istio-envoy', method: 'GET', contentType: '', ...options }
  return { outer, client: new NestedClient(outer, own) }
}

const notFound: LocalReply = { status: 404, body: '', flags: 'NR', details: 'route_not_found' }
const timeout: LocalReply = { status: 504, body: 'upstream request timeout', flags: 'UT', details: 'response_timeout' }

describe('an answer that passes the inner proxy', () => {
  it('gets what that proxy adds at its door', () => {
    const { outer, client } = nested()
    client.head(responseHead(200, ['content-length', '2', 'connection', 'close', 'server', 'app'], 2), 2)
    expect(outer.told).toEqual([
      { status: 200, headers: ['content-length', '2', 'server', 'istio-envoy', 'date', 'D'], framing: 2 },
    ])
  })

  it('reaches the hop before in order, and its room is what that one has', () => {
    const { outer, client } = nested()
    client.interim(responseHead(103, [], -1))
    client.body(Buffer.from('hi'))
    client.end(['x-sum', '1'])
    outer.room = false
    expect(client.flush()).toBe(false)
    client.resume()
    expect(outer.told).toEqual(['interim 103', 'hi', { trailers: ['x-sum', '1'] }, 'flush', 'resume'])
  })

  it('that breaks off breaks off there too', () => {
    const { outer, client } = nested()
    client.cut()
    expect(outer.told).toEqual(['cut'])
  })

  it('that leaves HTTP leaves it there too', () => {
    const { outer, client } = nested()
    client.tunnel(responseHead(101, [], -1), {} as TunnelEnd, Buffer.alloc(0))
    expect(outer.told).toEqual(['tunnel'])
  })
})

describe('the inner proxy’s own answer', () => {
  it('is an answer from upstream to the hop before, not a failure', () => {
    const { outer, client } = nested()
    client.reply(timeout)
    expect(outer.told).toEqual([
      {
        status: 504,
        headers: ['content-length', '24', 'content-type', 'text/plain', 'date', 'D', 'server', 'istio-envoy'],
        framing: 24,
      },
      'upstream request timeout',
      { trailers: [] },
      'flush',
    ])
  })

  it('without a body has none, and says so', () => {
    const { outer, client } = nested()
    client.reply(notFound)
    expect(outer.told).toEqual([
      { status: 404, headers: ['date', 'D', 'server', 'istio-envoy', 'content-length', '0'], framing: 0 },
      { trailers: [] },
      'flush',
    ])
  })

  it.each([
    ['with a body', timeout, '24'],
    ['without one', notFound, undefined],
  ])('to HEAD, %s, sends none', (_case, reply, length) => {
    const { outer, client } = nested({ method: 'HEAD' })
    client.reply(reply)
    const [head, ...rest] = outer.told as [{ headers: string[]; framing: number }]
    const at = head.headers.indexOf('content-length')
    expect([head.framing, at < 0 ? undefined : head.headers[at + 1]]).toEqual([0, length])
    expect(rest).toEqual([{ trailers: [] }, 'flush'])
  })

  it('to gRPC is 200 with a status of its own', () => {
    const { outer, client } = nested({ contentType: 'application/grpc' })
    client.reply(notFound)
    const [{ status, headers }] = outer.told as [{ status: number; headers: string[] }]
    expect(status).toBe(200)
    expect(headers.slice(0, 4)).toEqual(['content-type', 'application/grpc', 'grpc-status', '12'])
  })
})

import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { Refusal } from '../../seams/upstreams.ts'
import { countedUpstreams } from '../testing/counted-upstreams.ts'
import { withoutChance } from '../testing/raw-client.ts'
import { answerInTime, ask, deadPort, host, worldBefore, worldOf } from './gateway-harness.ts'

describe('what the gateway answers itself, to the byte', () => {
  const date = 'date: D\r\nserver: istio-envoy\r\n'
  const refusedWith = (status: string, body: string) =>
    `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\ncontent-type: text/plain\r\n${date}connection: close\r\n\r\n${body}`
  const bad = refusedWith('400 Bad Request', 'Bad Request')
  const rows: [string, string, string][] = [
    [
      'an unknown host',
      'GET / HTTP/1.1\r\nhost: x.y\r\n\r\n',
      `HTTP/1.1 404 Not Found\r\n${date}content-length: 0\r\n\r\n`,
    ],
    [
      'an unknown host, with a body',
      'POST / HTTP/1.1\r\nhost: x.y\r\ncontent-length: 2\r\n\r\nhi',
      `HTTP/1.1 404 Not Found\r\n${date}connection: close\r\ncontent-length: 0\r\n\r\n`,
    ],
    [
      'an unknown host, HEAD',
      'HEAD / HTTP/1.1\r\nhost: x.y\r\n\r\n',
      `HTTP/1.1 404 Not Found\r\n${date}transfer-encoding: chunked\r\n\r\n`,
    ],
    [
      'an unknown host, gRPC',
      'GET / HTTP/1.1\r\nhost: x.y\r\ncontent-type: application/grpc\r\n\r\n',
      `HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ngrpc-status: 12\r\n${date}content-length: 0\r\n\r\n`,
    ],
    [
      'a cluster name from outside',
      'GET / HTTP/1.1\r\nhost: hello.app\r\n\r\n',
      `HTTP/1.1 404 Not Found\r\n${date}content-length: 0\r\n\r\n`,
    ],
    [
      'no host',
      'GET / HTTP/1.1\r\n\r\n',
      `HTTP/1.1 400 Bad Request\r\n${date}connection: close\r\ncontent-length: 0\r\n\r\n`,
    ],
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n', bad],
    ['an unknown method', `FOO / HTTP/1.1\r\n${host}\r\n`, bad],
    ['a relative path', `GET x?h=true HTTP/1.1\r\n${host}\r\n`, bad],
    [
      'length and chunks at once',
      `POST / HTTP/1.1\r\n${host}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      bad,
    ],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', refusedWith('426 Upgrade Required', 'Upgrade Required')],
    [
      'too many headers',
      `GET / HTTP/1.1\r\n${host}${'a: b\r\n'.repeat(100)}\r\n`,
      refusedWith('431 Request Header Fields Too Large', 'Request Header Fields Too Large'),
    ],
    [
      'a NUL in the path',
      `GET /a%00b HTTP/1.1\r\n${host}\r\n`,
      `HTTP/1.1 400 Bad Request\r\n${date}connection: close\r\ncontent-length: 0\r\n\r\n`,
    ],
    ['an asterisk', `OPTIONS * HTTP/1.1\r\n${host}\r\n`, `HTTP/1.1 404 Not Found\r\n${date}content-length: 0\r\n\r\n`],
  ]

  it.each(rows)('to %s', async (_name, request, answer) => {
    const { port } = await worldBefore()
    const client = ask(port, request)
    const text = await client.until(all => withoutChance(all).length >= answer.length)
    expect(withoutChance(text)).toBe(answer)
    if (answer.includes('connection: close')) expect(withoutChance(await client.end())).toBe(answer)
  })

  it('to a function that closes before it answers', async () => {
    const { port, upstreams, records } = await worldBefore(socket => void socket.destroy())
    const text = await ask(port, `POST / HTTP/1.1\r\n${host}content-length: 2\r\n\r\nhi`).until('termination')
    const body = 'upstream connect error or disconnect/reset before headers. reset reason: connection termination'
    expect(withoutChance(text)).toBe(
      `HTTP/1.1 503 Service Unavailable\r\ncontent-length: 95\r\ncontent-type: text/plain\r\n${date}\r\n${body}`,
    )
    expect([upstreams.failed, upstreams.released]).toEqual([1, 0])
    expect(records[0]).toMatchObject({ status: 503, flags: 'UC', revision: { revision: 'hello-00001' } })
  })

  it('to instances that all refuse connections', async () => {
    const clock = new FakeClock()
    const { port, upstreams } = await worldOf(countedUpstreams(await deadPort()), { clock })
    const text = await answerInTime(clock, ask(port, `GET / HTTP/1.1\r\n${host}\r\n`), 'refused')
    expect(text).toContain('content-length: 190\r\n')
    expect([upstreams.granted, upstreams.failed, upstreams.released]).toEqual([32, 32, 0])
  })

  it('to an answer that is no HTTP', async () => {
    const { port, upstreams } = await worldBefore(socket => void socket.write('hello\r\n\r\n'))
    const text = await ask(port, `GET / HTTP/1.1\r\n${host}\r\n`).until('protocol error')
    expect(text).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\ncontent-length: 87\r\n/)
    expect(upstreams.released).toBe(1)
  })

  it('to a place that is refused: the activator’s words', async () => {
    const { port, upstreams } = await worldBefore()
    upstreams.instead = () => {
      throw new Refusal(503, 'activator overload\n', { 'X-Why': 'full' })
    }
    const text = await ask(port, `GET / HTTP/1.1\r\n${host}\r\n`).until('overload')
    expect(withoutChance(text)).toBe(
      'HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\nx-why: full\r\ncontent-length: 19\r\n' +
        `x-envoy-upstream-service-time: N\r\n${date}\r\nactivator overload\n`,
    )
  })
})

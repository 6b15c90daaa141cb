import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import { describe, expect, it } from 'vitest'
import { afterTest, worldBefore } from '../gateway-harness.ts'

function clientOf(port: number): ClientHttp2Session {
  const client = connect(`http://127.0.0.1:${port}`)
  client.on('error', () => {})
  afterTest(() => client.destroy())
  return client
}

interface Answer {
  status: number
  headers: Record<string, unknown>
  body: string
  trailers: Record<string, unknown>
}

async function ask(client: ClientHttp2Session, headers: Record<string, string>, body?: string): Promise<Answer> {
  const stream = client.request(
    { ':authority': 'hello.app.localhost', ':path': '/', ...headers },
    { endStream: body === undefined },
  )
  if (body !== undefined) stream.end(body)
  let trailers = {}
  stream.on('trailers', got => {
    trailers = got
  })
  const [{ ':status': status, ...rest }] = await once(stream, 'response')
  let text = ''
  stream.setEncoding('utf8').on('data', piece => {
    text += piece
  })
  await once(stream, 'close')
  return { status: Number(status), headers: rest, body: text, trailers }
}

describe('HTTP/2 with prior knowledge at a gateway port', () => {
  it('is answered by a function that speaks HTTP/1.1', async () => {
    const { port, backend } = await worldBefore()
    const answer = await ask(clientOf(port), { 'x-a': '1' })
    expect(answer).toMatchObject({ status: 200, body: 'hi', headers: { server: 'istio-envoy', 'content-length': '2' } })
    expect(backend.received[0]).toMatch(/^GET \/ HTTP\/1.1\r\nhost: hello.app.localhost\r\nx-a: 1\r\n/)
  })
})

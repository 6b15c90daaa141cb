import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import app from './app.ts'

let server: Server
let origin: string
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/reset') return request.socket.resetAndDestroy()
    let body = ''
    request.on('data', part => {
      body += part
    })
    request.on('end', () => {
      response.writeHead(request.url === '/moved' ? 302 : 418, {
        location: '/',
        'x-said': request.headers['x-say'] ?? '',
      })
      response.end(`${request.method} ${body}`)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server?.close())

async function call(body: object) {
  const answer = await app.request('/', { method: 'POST', body: JSON.stringify(body) })
  return { status: answer.status, body: await answer.json() }
}

describe('the caller', () => {
  it('sends method, headers and body, and repeats status, headers and body', async () => {
    const { status, body } = await call({ url: origin, method: 'PUT', headers: { 'x-say': 'hi' }, body: 'there' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ status: 418, headers: { 'x-said': 'hi' }, body: 'PUT there' })
  })

  it('takes a redirect for an answer', async () => {
    expect((await call({ url: `${origin}/moved` })).body).toMatchObject({ status: 302, headers: { location: '/' } })
  })

  it('says what became of a connection that was reset', async () => {
    expect(await call({ url: `${origin}/reset` })).toEqual({
      status: 502,
      body: { error: 'ECONNRESET' },
    })
  })
})

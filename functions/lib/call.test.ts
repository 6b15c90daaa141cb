import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { call, transport } from './call.ts'
import type { Env } from './env.ts'
import { nodeTransport } from './node-transport.ts'
import { proxyChooser } from './proxy-choice.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function listen(handle: RequestListener): Promise<string> {
  const server = createServer(handle)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const byFetch = (env: Env = {}) => ({ env, close: async () => {} })
const byNode = (env: Env = {}) => {
  const { send, close } = nodeTransport(env)
  transport.provide(env, send)
  return { env, close }
}

describe.each([
  ['fetch', byFetch],
  ['the Node transport', byNode],
])('a call by %s', (_name, make) => {
  it('brings status, headers and body', async () => {
    const host = await listen((request, response) => {
      response.writeHead(418, { 'X-Partial': 'true', 'content-type': 'application/json' })
      response.end(JSON.stringify({ method: request.method, url: request.url, user: request.headers['end-user'] }))
    })
    const { env, close } = make()
    const answer = await call(env, `http://${host}/a?b=c`, { headers: { 'end-user': 'jason' } })
    expect([answer.status, answer.ok, answer.headers.get('x-partial'), answer.headers.get('none')]).toEqual([
      418,
      false,
      'true',
      null,
    ])
    expect(await answer.json()).toEqual({ method: 'GET', url: '/a?b=c', user: 'jason' })
    await close()
  })

  it('sends a body, and reads text of many chunks whole', async () => {
    const host = await listen(async (request, response) => {
      for await (const chunk of request) response.write(chunk)
      response.end('你好'.repeat(50_000))
    })
    const { env, close } = make()
    const answer = await call(env, `http://${host}/`, { method: 'POST', body: 'Nǐ hǎo ' })
    expect(await answer.text()).toBe(`Nǐ hǎo ${'你好'.repeat(50_000)}`)
    await close()
  })

  it.each([
    ['never answers', () => {}],
    [
      'stops half way',
      (_request: IncomingMessage, response: Parameters<RequestListener>[1]) => void response.write('half'),
    ],
  ])('gives up when the other side %s', async (_what, handle) => {
    const host = await listen(handle)
    const { env, close } = make()
    const reading = call(env, `http://${host}/`, { timeoutMs: 80 }).then(answer => answer.text())
    await expect(reading).rejects.toThrow(/within 80 ms|timeout/)
    await close()
  })

  it.each([
    ['an error', new Error('not wanted'), 'not wanted'],
    ['a sentence', 'the client has gone', 'the client has gone'],
  ])('is given up where it is by a signal, and not made at all after that: %s', async (_what, reason, message) => {
    const left = Promise.withResolvers<void>()
    let asked = 0
    const controller = new AbortController()
    const host = await listen((request, response) => {
      asked++
      response.write('half')
      request.once('close', () => left.resolve())
      controller.abort(reason)
    })
    const { env, close } = make()
    const { signal } = controller
    const reading = () => call(env, `http://${host}/`, { signal }).then(answer => answer.text())
    await expect(reading()).rejects.toThrow(message)
    await left.promise
    await expect(reading()).rejects.toThrow(message)
    expect(asked).toBe(1)
    await close()
  })

  it('rejects when nobody listens, or the answer is cut', async () => {
    const { env, close } = make()
    await expect(call(env, 'http://127.0.0.1:1/')).rejects.toThrow()
    const host = await listen((_request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half')
      setTimeout(() => response.destroy(), 20)
    })
    await expect(call(env, `http://${host}/`).then(answer => answer.text())).rejects.toThrow()
    await close()
  })

  it('does not follow redirects, and does not retry', async () => {
    let asked = 0
    const host = await listen((_request, response) => {
      asked++
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    const { env, close } = make()
    expect((await call(env, `http://${host}/`)).status).toBe(302)
    expect(asked).toBe(1)
    await close()
  })
})

describe('calls through a proxy', () => {
  it('are spoken in absolute form, with the credential, on connections that stay', async () => {
    const seen: (string | undefined)[][] = []
    const sockets = new Set<object>()
    const proxy = await listen((request, response) => {
      sockets.add(request.socket)
      seen.push([request.url, request.headers.host, request.headers['proxy-authorization']])
      response.end('through')
    })
    const { env, close } = byNode({ HTTP_PROXY: `http://id:to%2Fken@${proxy}`, NO_PROXY: 'localhost' })
    for (const path of ['/api/ping?order=pre', '/']) {
      expect(await (await call(env, `http://service-b.greeting${path}`)).text()).toBe('through')
    }
    const credential = `Basic ${btoa('id:to/ken')}`
    expect(seen).toEqual([
      ['http://service-b.greeting/api/ping?order=pre', 'service-b.greeting', credential],
      ['http://service-b.greeting/', 'service-b.greeting', credential],
    ])
    for (let more = 0; more < 20; more++) await call(env, 'http://service-b.greeting/')
    // The pool may open a second one while the first is just getting free.
    expect(sockets.size).toBeLessThanOrEqual(2)
    await close()
  })

  it('the proxy is passed by for what NO_PROXY names', async () => {
    const host = await listen((request, response) => response.end(request.url))
    const { env, close } = byNode({ http_proxy: 'http://127.0.0.1:1', no_proxy: '127.0.0.1,::1,localhost' })
    expect(await (await call(env, `http://${host}/direct`)).text()).toBe('/direct')
    await close()
  })

  it.each([
    ['service-b.greeting', '127.0.0.1,::1,localhost', true],
    ['127.0.0.1', '127.0.0.1,::1,localhost', false],
    ['[::1]:80', '127.0.0.1,::1,localhost', false],
    ['api.greeting.localhost', 'localhost', false],
    ['notlocalhost', 'localhost', true],
    ['a.example.com', '.example.com', false],
    ['a.example.com', '*.example.com', false],
    ['a.example.com:8080', 'example.com:80', true],
    ['a.example.com:8080', 'example.com:8080', false],
    ['anything', '*', false],
    ['anything', '', true],
  ])('%s with NO_PROXY=%s: through the proxy is %s', (host, NO_PROXY, proxied) => {
    const chosen = proxyChooser({ HTTP_PROXY: 'http://127.0.0.1:3128', NO_PROXY })
    expect(chosen(new URL(`http://${host}/`)) !== undefined).toBe(proxied)
  })
})

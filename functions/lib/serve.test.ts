import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { http } from '@google-cloud/functions-framework'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { parsePort, type Serving, serve } from './serve.ts'

const local = { listen: { host: '127.0.0.1', port: 0 }, env: { LOG_LEVEL: 'silent' } }

function url({ address }: Serving, path = '/'): string {
  return 'port' in address ? `http://127.0.0.1:${address.port}${path}` : path
}

/** A promise, and its switch. */
function gate() {
  return Promise.withResolvers<void>()
}

describe('serving a function', () => {
  it('answers on a unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'serve-'))
    const path = join(folder, 's')
    const serving = await serve({ default: new Hono().get('/', c => c.text('here')) }, { listen: { path }, env: {} })
    const status = await new Promise(resolve =>
      get({ socketPath: path, path: '/' }, answer => resolve(answer.statusCode)),
    )
    expect(status).toBe(200)
    await serving.close(1_000)
    rmSync(folder, { recursive: true })
  })

  it('hands the environment to handlers as c.env', async () => {
    const app = new Hono<{ Bindings: { GREETING: string } }>().get('/', c => c.text(c.env.GREETING))
    const serving = await serve({ default: app }, { ...local, env: { GREETING: 'Howdy' } })
    expect(await (await fetch(url(serving))).text()).toBe('Howdy')
    await serving.close(1_000)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('secret')
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret'))],
  ])('a handler that %s is 500 JSON that tells nothing, and the next request is served', async (_how, handler) => {
    const serving = await serve({ default: new Hono().get('/', handler).get('/fine', c => c.text('ok')) }, local)
    const answer = await fetch(url(serving))
    expect([answer.status, await answer.text()]).toEqual([500, '{"error":"Internal Server Error"}'])
    expect(await (await fetch(url(serving, '/fine'))).text()).toBe('ok')
    await serving.close(1_000)
  })

  it("keeps an app's own error handler", async () => {
    const app = new Hono()
      .onError((_error, c) => c.text('mine', 418))
      .get('/', () => {
        throw new Error('x')
      })
    const serving = await serve({ default: app }, local)
    expect((await fetch(url(serving))).status).toBe(418)
    await serving.close(1_000)
  })

  it("the last word on x-service and x-revision is the server's, in whatever case a handler writes them", async () => {
    const headers = { 'X-Revision': 'forged', 'x-service': 'forged', 'x-own': 'kept' }
    const app = new Hono().get('/', () => new Response('', { headers }))
    const serving = await serve({ default: app }, { ...local, env: { K_SERVICE: 's', K_REVISION: 's-00001' } })
    const answer = await fetch(url(serving))
    const got = ['x-service', 'x-revision', 'x-own'].map(name => answer.headers.get(name))
    expect(got).toEqual(['s', 's-00001', 'kept'])
    await serving.close(1_000)
  })

  it('answers /healthz without asking the function, and /metrics as Prometheus text', async () => {
    const serving = await serve(
      {
        default: new Hono().all('*', () => {
          throw new Error('asked')
        }),
      },
      local,
    )
    expect(await (await fetch(url(serving, '/healthz'))).text()).toBe('{"alive": true}')
    expect(await (await fetch(url(serving, '/metrics'))).text()).toMatch(/^# TYPE http_requests_total counter$/m)
    await serving.close(1_000)
  })

  it('serves a function of the Functions Framework, with the same headers', async () => {
    http('test-function', (request, response) => {
      if (request.path === '/broken') throw new Error('secret')
      response.json({ path: request.path })
    })
    const serving = await serve({ target: 'test-function' }, { ...local, env: { LOG_LEVEL: 'silent', K_SERVICE: 's' } })
    const answer = await fetch(url(serving, '/there'))
    expect([await answer.json(), answer.headers.get('x-service')]).toEqual([{ path: '/there' }, 's'])
    const malformed = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }
    const refused = await fetch(url(serving), malformed)
    expect([refused.status, refused.headers.get('content-type')]).toEqual([400, 'application/json'])
    await serving.close(1_000)
  })

  it.each([
    ['no function', {}, /no Hono app as default/],
    [
      'a start that refuses',
      {
        default: new Hono(),
        start: () => {
          throw new Error('not here')
        },
      },
      /not here/,
    ],
  ])('rejects a module with %s', async (_what, module, reason) => {
    await expect(serve(module, local)).rejects.toThrow(reason)
  })

  it('rejects when the address is taken', async () => {
    const first = await serve({ default: new Hono() }, local)
    const port = 'port' in first.address ? first.address.port : 0
    const listen = { host: '127.0.0.1', port }
    await expect(serve({ default: new Hono() }, { listen, env: {} })).rejects.toThrow(/EADDRINUSE/)
    await first.close(1_000)
  })
})

describe('draining', () => {
  it('KNI-18: lets the request in flight finish, tells its connection to close, takes no new ones', async () => {
    const entered = gate()
    const finish = gate()
    const app = new Hono().get('/', async c => {
      entered.resolve()
      await finish.promise
      return c.text('whole')
    })
    const serving = await serve({ default: app }, local)
    const answer = new Promise<{ connection: string | undefined; body: string }>((resolve, reject) => {
      const agent = new Agent({ keepAlive: true })
      get(url(serving), { agent }, response => {
        response.setEncoding('utf8')
        let body = ''
        response.on('data', chunk => {
          body += chunk
        })
        response.on('end', () => resolve({ connection: response.headers.connection, body }))
      }).on('error', reject)
    })
    await entered.promise
    const closed = serving.close(10_000)
    finish.resolve()
    expect(await answer).toEqual({ connection: 'close', body: 'whole' })
    await closed
    await expect(fetch(url(serving))).rejects.toThrow()
  })

  it('waits for work that goes on after an answer', async () => {
    const work = gate()
    const app = new Hono().get('/', c => {
      c.executionCtx.waitUntil(work.promise)
      return c.text('answered')
    })
    const serving = await serve({ default: app }, local)
    expect(await (await fetch(url(serving))).text()).toBe('answered')
    let closed = false
    const closing = serving.close(10_000).then(() => {
      closed = true
    })
    await new Promise(resolve => setTimeout(resolve, 60))
    expect(closed).toBe(false)
    work.resolve()
    await closing
  })

  it('cuts what outlasts the grace', async () => {
    const entered = gate()
    const app = new Hono().get('/', () => {
      entered.resolve()
      return new Promise<Response>(() => {})
    })
    const serving = await serve({ default: app }, local)
    const cut = expect(fetch(url(serving))).rejects.toThrow()
    await entered.promise
    await serving.close(50)
    await cut
  })
})

describe('PORT', () => {
  it.each([
    ['8080', 8080],
    [':9090', 9090],
    [undefined, 8080],
  ])('%s is %i', (text, port) => {
    expect(parsePort(text)).toBe(port)
  })
  it.each(['', 'http', '80a', '65536', '-1', '::1'])('"%s" is refused', text => {
    expect(() => parsePort(text)).toThrow(/port number such as 8080/)
  })
})

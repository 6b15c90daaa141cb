import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Serving } from '../lib/serve.ts'
import a from './a/app.ts'
import { serveOnFreePort, urlOf } from './chain-under-test.ts'
import gateway from './gateway/app.ts'
import h from './h/app.ts'

const apps = { a, gateway, h }
const services: Record<string, Serving> = {}
const at = (name: keyof typeof apps, path: string) => urlOf(services[name] as Serving) + path

beforeAll(async () => {
  for (const [name, app] of Object.entries(apps)) services[name] = await serveOnFreePort({ default: app }, {})
})
afterAll(async () => {
  await Promise.all(Object.values(services).map(each => each.close(1_000)))
})

describe.each(['a', 'gateway', 'h'] as const)('the common routes of %s', name => {
  it('OBS-10: health is these bytes, without a newline', async () => {
    const answer = await fetch(at(name, '/api/health'))
    expect(await answer.text()).toBe('{"alive": true}')
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  })

  it.each([200, 204, 304, 404, 418, 503, 599])('OBS-11: status %i is echoed with an empty body', async code => {
    const answer = await fetch(at(name, `/api/status/${code}`))
    expect([answer.status, await answer.text()]).toEqual([code, ''])
  })

  it.each(['abc', '-1', '99', '100', '600', '2e2', '%00', '٢٠٠'])(
    'OBS-12: status "%s" is 400 with the reason',
    async code => {
      const answer = await fetch(at(name, `/api/status/${code}`))
      expect(answer.status).toBe(400)
      expect((await answer.json()) as object).toEqual({ error: expect.stringContaining('from 200 to 599') })
    },
  )

  it('OBS-13: metrics are Prometheus text, of the process and of the requests', async () => {
    const answer = await fetch(at(name, '/api/metrics'))
    const body = await answer.text()
    expect(body).toContain('# TYPE process_cpu_user_seconds_total counter')
    expect(body).toMatch(/^http_requests_total\{code="200"\} [1-9]/m)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
  })

  it('OBS-14: any other path is 404 in the words of Go', async () => {
    const answer = await fetch(at(name, '/'))
    expect([answer.status, await answer.text()]).toEqual([404, '404 page not found\n'])
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })

  it('a wrong method is 405 and says which are right', async () => {
    const answer = await fetch(at(name, '/api/ping'), { method: 'DELETE' })
    expect([answer.status, answer.headers.get('allow'), await answer.text()]).toEqual([405, 'GET, HEAD', ''])
    expect((await fetch(at(name, '/api/status/200'), { method: 'PUT' })).headers.get('allow')).toBe(
      'GET, HEAD, OPTIONS',
    )
  })

  it('OBS-17: the echo is the request as on the wire, body included', async () => {
    const headers = { 'x-dev-user': 'betaUser' }
    const answer = await fetch(at(name, '/api/request-echo?q=1'), { method: 'POST', body: 'hi', headers })
    const lines = (await answer.text()).split('\r\n')
    expect(lines[0]).toBe('POST /api/request-echo?q=1 HTTP/1.1')
    expect(lines[1]).toBe(`Host: ${new URL(at(name, '/')).host}`)
    expect(lines).toContain('X-Dev-User: betaUser')
    expect(lines.slice(-2)).toEqual(['', 'hi'])
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('the echo takes %s', async method => {
    const answer = await fetch(at(name, '/api/request-echo'), { method })
    expect(await answer.text()).toMatch(new RegExp(`^${method} /api/request-echo HTTP/1.1\r\n`))
  })

  it('the echo gives bytes back as they came, and refuses a body over a mebibyte', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, each) => each)
    const echoed = new Uint8Array(
      await (await fetch(at(name, '/api/request-echo'), { method: 'PUT', body: bytes })).arrayBuffer(),
    )
    expect(echoed.slice(-256)).toEqual(bytes)
    const large = await fetch(at(name, '/api/request-echo'), { method: 'POST', body: 'x'.repeat(1_048_577) })
    expect(large.status).toBe(413)
  })
})

describe('answers to browsers', () => {
  const preflight = {
    origin: 'http://ui.dev.example-api.com',
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'content-type',
  }

  /** `fetch` keeps some of these headers to itself. */
  const options = (url: string, headers: Record<string, string>) =>
    new Promise<{ status: number | undefined; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
      const asking = request(url, { method: 'OPTIONS', headers }, answer => {
        answer.resume().once('end', () => resolve({ status: answer.statusCode, headers: answer.headers }))
      })
      asking.once('error', reject).end()
    })

  it.each([
    ['gateway', '/api/greeting'],
    ['a', '/api/ping'],
  ] as const)('OBS-16: a preflight passes at %s', async (name, path) => {
    const { status, headers } = await options(at(name, path), preflight)
    expect(status).toBe(204)
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'http://ui.dev.example-api.com',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'content-type',
      'access-control-allow-methods': expect.stringContaining('GET'),
    })
  })

  it('services inside do not speak CORS', async () => {
    const { status, headers } = await options(at('h', '/api/ping'), preflight)
    expect([status, headers['access-control-allow-origin']]).toEqual([405, undefined])
  })

  it('ALLOWED_ORIGINS limits who may read', async () => {
    const env = { ALLOWED_ORIGINS: 'http://ui.example.com, http://other.example.com' }
    const serving = await serveOnFreePort({ default: gateway }, env)
    const allowed = async (origin: string) => {
      const answer = await fetch(`${urlOf(serving)}/api/health`, { headers: { origin } })
      return answer.headers.get('access-control-allow-origin')
    }
    expect(await allowed('http://other.example.com')).toBe('http://other.example.com')
    expect(await allowed('http://evil.example.com')).toBeNull()
    await serving.close(1_000)
  })
})

import { once } from 'node:events'
import { Agent, type RequestOptions, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority, issueCertificate } from '../../kernel/certificate.ts'
import { api, runApi } from '../api-under-test.ts'

runApi()

const now = Date.now()
const authority = createAuthority('test', now)
const token = 'a-token-of-some-length'
let port: number
let issued: number
let agent: Agent

beforeEach(async () => {
  issued = 0
  const certificate = () => {
    issued++
    return issueCertificate(authority, ['localhost', '127.0.0.1'], now)
  }
  port = await api.server.listenTls({ certificate, token })
  agent = new Agent({ ca: authority.cert })
})
afterEach(() => agent.destroy())

async function ask(path: string, options: RequestOptions = {}) {
  const sent = request({ host: '127.0.0.1', port, path, agent, ...options })
  sent.end()
  const [response] = await once(sent, 'response')
  return { code: response.statusCode, text: await text(response) }
}

describe('the API over TLS', () => {
  it('answers who shows the token', async () => {
    const headers = { authorization: `Bearer ${token}` }
    expect(await ask('/api/v1/namespaces/app', { headers })).toMatchObject({ code: 200 })
    expect(await ask('/healthz', { headers })).toEqual({ code: 200, text: 'ok' })
  })

  it('makes its certificate for the first client, and once', async () => {
    expect(issued).toBe(0)
    const headers = { authorization: `Bearer ${token}` }
    const answers = await Promise.all(
      [1, 2, 3].map(() => ask('/healthz', { headers, agent: new Agent({ ca: authority.cert }) })),
    )
    expect(answers.map(({ code }) => code)).toEqual([200, 200, 200])
    expect(issued).toBe(1)
  })

  it.each<[string, Record<string, string>]>([
    ['no token', {}],
    ['another token', { authorization: 'Bearer another' }],
    ['a part of the token', { authorization: `Bearer ${token.slice(0, -1)}` }],
    ['more than the token', { authorization: `Bearer ${token}x` }],
    ['another scheme', { authorization: `Basic ${token}` }],
    ['the token alone', { authorization: token }],
  ])('refuses %s, whatever is asked for', async (_, headers) => {
    for (const path of ['/api/v1/namespaces/app', '/version', '/skiff/status', '/nothing']) {
      const { code, text } = await ask(path, { headers })
      expect(code).toBe(401)
      expect(JSON.parse(text)).toEqual({
        ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' },
        ...{ message: 'Unauthorized', reason: 'Unauthorized', code: 401 },
      })
    }
  })

  it('refuses upgrades without the token', async () => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.cert })
    await once(socket, 'secureConnect')
    socket.write('GET /api/v1/namespaces/app/pods/p/exec HTTP/1.1\r\nhost: x\r\n')
    socket.write('connection: upgrade\r\nupgrade: websocket\r\n\r\n')
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 401 /)
  })

  it('is trusted through its authority alone', async () => {
    const stranger = new Agent({ ca: createAuthority('other', now).cert })
    await expect(ask('/healthz', { agent: stranger })).rejects.toThrow()
    stranger.destroy()
  })

  it('speaks no TLS older than 1.2', async () => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.cert, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })
    await expect(once(socket, 'secureConnect')).rejects.toThrow()
  })

  it('survives what is no TLS', async () => {
    const { connect: connectPlain } = await import('node:net')
    const socket = connectPlain(port, '127.0.0.1')
    socket.end('GET / HTTP/1.1\r\n\r\n')
    socket.resume()
    await once(socket, 'close')
    expect((await ask('/healthz', { headers: { authorization: `Bearer ${token}` } })).code).toBe(200)
  })

  it('closes with its connections', async () => {
    const headers = { authorization: `Bearer ${token}` }
    const sent = request({ host: '127.0.0.1', port, path: '/api/v1/configmaps?watch=true', agent, headers })
    sent.end()
    const [response] = await once(sent, 'response')
    const ended = text(response)
    await api.server.close()
    await expect(ended).rejects.toThrow('aborted')
  })
})

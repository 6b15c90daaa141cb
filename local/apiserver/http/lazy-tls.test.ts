import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority, issueCertificate } from '../../kernel/certificate.ts'
import { type LazyTls, lazyTls } from './lazy-tls.ts'

const now = Date.now()
const authority = createAuthority('test', now)

let tls: LazyTls
let port: number
let agent: Agent
/** How often a certificate was asked for; it cannot be made as long as `failing`. */
let asked: number
let failing: boolean

beforeEach(async () => {
  asked = 0
  failing = false
  const certificate = () => {
    asked++
    if (failing) throw new Error('no room for a key')
    return issueCertificate(authority, ['localhost', '127.0.0.1'], now)
  }
  tls = lazyTls(certificate, server =>
    server.on('request', (incoming, answer) => answer.end(`here is ${incoming.url}`)),
  )
  port = await tls.listen(0)
  agent = new Agent({ ca: authority.cert })
})
afterEach(async () => {
  agent.destroy()
  await tls.close()
})

async function get(path: string): Promise<string> {
  const sent = request({ host: '127.0.0.1', port, path, agent })
  sent.end()
  const [answer] = await once(sent, 'response')
  return text(answer)
}

/** A connection on which nothing is said yet. */
async function silent() {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

describe('a TLS server before its first client', () => {
  it('has no certificate, and gets one with the first connection', async () => {
    expect(asked).toBe(0)
    expect(await get('/a')).toBe('here is /a')
    expect(asked).toBe(1)
  })

  it('gets one certificate for clients that come at once', async () => {
    expect(await Promise.all(['/a', '/b', '/c'].map(get))).toEqual(['here is /a', 'here is /b', 'here is /c'])
    expect(asked).toBe(1)
  })

  it('loses nothing of a client that greets before it is ready', async () => {
    const early = get('/early')
    expect(await early).toBe('here is /early')
  })
})

describe('a client that is none', () => {
  it.each([
    ['hangs up without a word', undefined],
    ['speaks plain HTTP', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['speaks gibberish', '\0\xff'.repeat(200)],
  ])('%s, and others are served', async (_, words) => {
    const socket = await silent()
    if (words === undefined) socket.destroy()
    else {
      socket.write(words, 'latin1')
      socket.resume()
      await once(socket, 'close')
    }
    expect(await get('/after')).toBe('here is /after')
  })
})

it('a certificate that cannot be made cuts its client off, and is asked for again by the next', async () => {
  failing = true
  await expect(get('/a')).rejects.toThrow()
  failing = false
  expect(await get('/b')).toBe('here is /b')
  expect(asked).toBe(2)
})

it('closing ends connections that were never greeted on', async () => {
  const socket = await silent()
  const closed = once(socket, 'close')
  await tls.close()
  await closed
})

it('a port that is taken is said', async () => {
  const second = lazyTls(
    () => issueCertificate(authority, ['localhost'], now),
    server => server,
  )
  await expect(second.listen(port)).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

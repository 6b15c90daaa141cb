import { createServer } from 'node:http'
import { createServer as createRawServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Identity } from '../../seams/identity.ts'
import type { InternalRequest } from '../../seams/internal-service.ts'
import { answering, startBackend } from '../testing/backend.ts'
import { countedUpstreams } from '../testing/counted-upstreams.ts'
import { eventually, RawClient, withoutChance } from '../testing/raw-client.ts'
import { startWorld } from '../testing/world.ts'

const identity: Identity = { namespace: 'app', serviceAccount: 'default', labels: {}, name: 'caller-1' }
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function capturing() {
  const backend = await startBackend(answering('from hello'))
  const world = await startWorld(countedUpstreams(backend.port))
  cleanups.push(backend.close, () => world.mesh.close(0))
  const capture = await world.mesh.listenCapture()
  const credential = world.mesh.credential(identity)
  const { username, password } = new URL(credential.url)
  const auth = `proxy-authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}\r\n`
  const ask = (text: string) => {
    const client = new RawClient(capture.port).send(text)
    cleanups.push(() => client.close())
    return client
  }
  return { ...world, backend, credential, auth, ask }
}

/** An HTTP server outside the mesh, on the loopback. */
async function outside() {
  const seen: string[][] = []
  const server = createServer((request, response) => {
    seen.push(request.rawHeaders)
    response.end(`outside ${request.url}`)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return { seen, port: typeof address === 'object' && address ? address.port : 0 }
}

describe('credentials', () => {
  it('hold id, token and the port of the capture', async () => {
    const { credential } = await capturing()
    expect(credential.url).toMatch(/^http:\/\/i1:[\w-]{24}@127\.0\.0\.1:\d+$/)
  })

  it('are not given before the capture listens', async () => {
    const world = await startWorld(countedUpstreams(1))
    cleanups.push(() => world.mesh.close(0))
    expect(() => world.mesh.credential(identity)).toThrow('before the outbound capture listens')
  })

  it.each([
    ['missing', () => ''],
    ['wrong', () => `proxy-authorization: Basic ${Buffer.from('i1:guess').toString('base64')}\r\n`],
    ['of another scheme', (auth: string) => auth.replace('Basic', 'Bearer')],
    ['garbage', () => 'proxy-authorization: %%%\r\n'],
  ])('are asked for when %s', async (_name, header) => {
    const { auth, ask } = await capturing()
    const text = await ask(`GET http://hello.app/ HTTP/1.1\r\nhost: hello.app\r\n${header(auth)}\r\n`).end()
    expect(text).toMatch(/^HTTP\/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="skiff"\r\n/)
    const tunnel = await ask(`CONNECT hello.app:80 HTTP/1.1\r\nhost: hello.app\r\n${header(auth)}\r\n`).end()
    expect(tunnel).toMatch(/^HTTP\/1.1 407 /)
  })

  it('end with their revocation', async () => {
    const { credential, auth, ask } = await capturing()
    credential.revoke()
    expect(await ask(`GET http://hello.app/ HTTP/1.1\r\nhost: hello.app\r\n${auth}\r\n`).end()).toContain('407')
  })
})

describe('cluster names', () => {
  it.each(['hello.app', 'hello.app.svc', 'hello.app.svc.cluster.local', 'hello.app:80'])(
    'reach the service as http://%s/',
    async host => {
      const { backend, auth, ask, records } = await capturing()
      await ask(`GET http://${host}/a?b HTTP/1.1\r\nhost: other\r\nx-request-id: mine\r\n${auth}\r\n`).until(
        'from hello',
      )
      const [line, ...headers] = withoutChance(backend.received[0] ?? '').split('\r\n')
      expect(line).toBe('GET /a?b HTTP/1.1')
      expect(headers).toContain(`host: ${host}`)
      expect(headers).toContain('x-request-id: mine')
      expect(backend.received[0]).not.toContain('proxy-authorization')
      expect(records[0]?.caller).toBe(identity)
    },
  )

  it('in capitals are found, but are in none of Knative’s rules, which look at the host as it is written', async () => {
    const { auth, ask, records } = await capturing()
    await ask(`GET http://HELLO.app/ HTTP/1.1\r\nhost: x\r\n${auth}\r\n`).until('404 Not Found')
    expect(records[0]).toMatchObject({ flags: 'NR', details: 'route_not_found' })
  })

  it('do not include the bare one, which is answered 404 with a hint in the log', async () => {
    const { auth, ask, logged } = await capturing()
    const text = await ask(`GET http://hello/ HTTP/1.1\r\nhost: hello\r\n${auth}\r\n`).until('content-length: 0')
    expect(withoutChance(text)).toMatch(/^HTTP\/1.1 404 Not Found\r\ndate: D\r\nserver: envoy\r\n/)
    expect(logged).toEqual(['http://hello/ leads nowhere: http://hello.app is its name inside the mesh'])
  })

  it('that lead nowhere are answered 404', async () => {
    const { auth, ask } = await capturing()
    await ask(`GET http://gone.app/ HTTP/1.1\r\nhost: gone.app\r\n${auth}\r\n`).until('404 Not Found')
    await ask(`GET http://a.b.svc.cluster.local/ HTTP/1.1\r\nhost: a.b\r\n${auth}\r\n`).until('404 Not Found')
  })
})

describe('CONNECT', () => {
  it('serves HTTP/1.1 behind it like any captured request, one after the other', async () => {
    const { auth, ask, backend } = await capturing()
    const client = ask(`CONNECT hello.app:80 HTTP/1.1\r\nhost: hello.app:80\r\n${auth}\r\n`)
    expect(await client.until('\r\n\r\n')).toBe('HTTP/1.1 200 Connection Established\r\n\r\n')
    await client.send('GET /1 HTTP/1.1\r\nhost: hello.app\r\n\r\n').until('from hello')
    await client.send('GET /2 HTTP/1.1\r\nhost: hello.app\r\n\r\n').until(text => text.split('from hello').length === 3)
    expect(backend.received[0]).toMatch(/^GET \/1 .*GET \/2 /s)
  })

  it('serves a request sent along with it, and one that comes in two pieces', async () => {
    const { auth, ask } = await capturing()
    const connect = `CONNECT hello.app:80 HTTP/1.1\r\nhost: hello.app:80\r\n${auth}\r\n`
    const get = 'GET / HTTP/1.1\r\nhost: hello.app\r\n\r\n'
    await ask(connect + get).until('from hello')
    const client = ask(`${connect}GE`)
    await client.until('Established')
    await client.send('T / HTTP/1.1\r\nhost: hello.app\r\n\r\n').until('from hello')
  })

  it('passes other bytes to the real address, both ways', async () => {
    const { auth, ask } = await capturing()
    const server = createRawServer(socket => socket.on('data', data => socket.write(`echo ${data.toString('hex')}`)))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const client = ask(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\nhost: x\r\n${auth}\r\n`)
    await client.until('Established')
    await client.send('\x16\x03\x01').until('echo 160301')
    client.close()
  })

  it('lets a server speak first', async () => {
    const { auth, ask } = await capturing()
    const server = createRawServer(socket => void socket.end('220 ready\r\n'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await ask(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\nhost: x\r\n${auth}\r\n`).until('220 ready')
  })
})

describe('hosts outside the mesh', () => {
  it('are passed on as a sidecar does', async () => {
    const { auth, ask } = await capturing()
    const server = await outside()
    const text = await ask(
      `GET http://api.localhost:${server.port}/x HTTP/1.1\r\nhost: h\r\nx-request-id: mine\r\n${auth}\r\n`,
    ).until('outside /x')
    expect(text).toContain('x-envoy-upstream-service-time: ')
    const headers = server.seen[0] ?? []
    expect(headers).toContain('mine')
    expect(headers.join(' ')).toContain('x-forwarded-proto http')
    expect(headers).not.toContain('x-forwarded-for')
    expect(headers).not.toContain('x-envoy-decorator-operation')
  })

  it('that refuse are answered as Envoy answers, without another try', async () => {
    const { auth, ask } = await capturing()
    const server = createRawServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await new Promise(resolve => server.close(resolve))
    const text = await ask(`GET http://127.0.0.1:${port}/ HTTP/1.1\r\nhost: h\r\n${auth}\r\n`).until('refused')
    expect(text).toContain('content-length: 167\r\n')
  })
})

describe('services of the runtime itself', () => {
  async function withBroker(handle?: () => never) {
    const world = await capturing()
    const requests: InternalRequest[] = []
    world.mesh.internal('broker-ingress.knative-eventing.svc.cluster.local', {
      maxBodyBytes: 8,
      handle(request) {
        handle?.()
        requests.push(request)
        return { status: 202, headers: ['x-broker', 'yes'], body: '' }
      },
    })
    return { ...world, requests }
  }
  const broker = 'http://broker-ingress.knative-eventing.svc.cluster.local'

  it.each([broker, 'http://broker-ingress.knative-eventing.svc', 'http://broker-ingress.knative-eventing'])(
    'are reached as %s',
    async url => {
      const { auth, ask, requests } = await withBroker()
      const text = await ask(`POST ${url}/ns/b HTTP/1.1\r\nhost: x\r\n${auth}content-length: 5\r\n\r\nevent`).until(
        '\r\n\r\n',
      )
      expect(text).toMatch(/^HTTP\/1.1 202 Accepted\r\nx-broker: yes\r\ncontent-length: 0\r\n/)
      expect(requests[0]).toMatchObject({
        method: 'POST',
        target: '/ns/b',
        caller: identity,
        body: Buffer.from('event'),
      })
    },
  )

  it.each([
    ['content-length: 9\r\n\r\n', 'announced'],
    ['transfer-encoding: chunked\r\n\r\n9\r\n123456789\r\n', 'streamed'],
  ])('refuse bodies that are too large: %j', async framing => {
    const { auth, ask, requests } = await withBroker()
    const text = await ask(`POST ${broker}/ HTTP/1.1\r\nhost: x\r\n${auth}${framing}`).until('Too Large')
    expect(text).toMatch(/^HTTP\/1.1 413 Payload Too Large\r\n/)
    expect(requests).toEqual([])
  })

  it('that throw are answered 500, and logged', async () => {
    const { auth, ask, logged } = await withBroker(() => {
      throw new Error('disk full')
    })
    await ask(`POST ${broker}/ HTTP/1.1\r\nhost: x\r\n${auth}content-length: 1\r\n\r\n1`).until('500 Internal')
    expect(logged[0]).toContain('disk full')
  })

  it('are never reached from outside', async () => {
    const { port } = await withBroker()
    const client = new RawClient(port).send(`GET / HTTP/1.1\r\nhost: ${broker.slice(7)}\r\n\r\n`)
    cleanups.push(() => client.close())
    await client.until('404 Not Found')
  })
})

describe('sending in memory', () => {
  const request = { method: 'POST', headers: ['ce-id', '1'], body: Buffer.from('event'), timeoutMs: 1_000 }

  it('reaches a service by its cluster URL and gives the whole answer', async () => {
    const { mesh, backend } = await capturing()
    const response = await mesh.send({ ...request, url: 'http://hello.app.svc.cluster.local/in?x' })
    expect([response.status, response.body.toString()]).toEqual([200, 'from hello'])
    expect(response.headers).toContain('text/plain')
    expect(backend.received[0]).toMatch(/^POST \/in\?x HTTP.*ce-id: 1\r\ncontent-length: 5\r\n.*\r\n\r\nevent$/s)
  })

  it('takes the refusals of the mesh for answers', async () => {
    const { mesh } = await capturing()
    expect(await mesh.send({ ...request, url: 'http://nobody.app/' })).toMatchObject({ status: 404 })
  })

  it('rejects when the instance dies before it answers, after one attempt', async () => {
    const backend = await startBackend(socket => void socket.destroy())
    const { mesh, upstreams } = await startWorld(countedUpstreams(backend.port))
    cleanups.push(backend.close, () => mesh.close(0))
    await expect(mesh.send({ ...request, url: 'http://hello.app/' })).rejects.toThrow('connection termination')
    expect([upstreams.granted, upstreams.failed]).toEqual([1, 1])
  })

  it('rejects when the answer is cut off or does not come in time', async () => {
    const cutting = await startBackend(socket => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart'))
    const silent = await startBackend(() => {})
    const { mesh, upstreams } = await startWorld(countedUpstreams(cutting.port, silent.port))
    cleanups.push(cutting.close, silent.close, () => mesh.close(0))
    await expect(mesh.send({ ...request, url: 'http://hello.app/' })).rejects.toThrow('cut off')
    await expect(mesh.send({ ...request, url: 'http://hello.app/', timeoutMs: 20 })).rejects.toThrow('within 20 ms')
    await eventually(() => upstreams.released + upstreams.failed === 2)
  })

  it('rejects what is no URL', async () => {
    const { mesh } = await capturing()
    await expect(mesh.send({ ...request, url: 'hello' })).rejects.toThrow('not an absolute http URL')
  })
})

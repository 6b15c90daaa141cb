import { Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { describe, expect, it } from 'vitest'
import { countedUpstreams } from '../../testing/counted-upstreams.ts'
import { eventually } from '../../testing/raw-client.ts'
import { worldOf } from '../gateway-harness.ts'
import { echo, echoServer, grpcClient, once } from './grpc-harness.ts'
import { shopObjects, shopWorld } from './http2-harness.ts'

/** A client of a gateway with rules for the service, and what else a test needs of them. */
async function service(methods: Parameters<typeof echoServer>[0] = {}, ...rules: object[]) {
  const world = await shopWorld(await echoServer(methods), ...rules)
  return { ...world, client: grpcClient(world.port) }
}

async function errorOf(call: Promise<unknown>): Promise<Pick<ServiceError, 'code' | 'details' | 'metadata'>> {
  try {
    await call
  } catch (error) {
    return error as ServiceError
  }
  throw new Error('the call succeeded')
}

describe('calls of gRPC through the gateway', () => {
  it('unary', async () => {
    const { client } = await service()
    expect(await once(client, 'hello')).toBe('echo hello')
  })

  it('a message larger than every window', async () => {
    const { client } = await service()
    const text = 'x'.repeat(2_000_000)
    expect((await once(client, text)).length).toBe(text.length + 5)
  })

  it('a stream of answers', async () => {
    const { client } = await service()
    const { path, requestSerialize, responseDeserialize } = echo.Many
    const got: string[] = []
    for await (const text of client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, '500'))
      got.push(text)
    expect(got).toEqual(Array.from({ length: 500 }, (_, index) => String(index)))
  })

  it('a stream of messages', async () => {
    const { client } = await service()
    const { path, requestSerialize, responseDeserialize } = echo.Sum
    const sum = await new Promise((resolve, reject) => {
      const call = client.makeClientStreamRequest(path, requestSerialize, responseDeserialize, (error, value) =>
        error ? reject(error) : resolve(value),
      )
      for (let index = 1; index <= 100; index++) call.write(String(index))
      call.end()
    })
    expect(sum).toBe('5050')
  })

  it('both ways at once, each message answered before the next is sent', async () => {
    const { client } = await service()
    const { path, requestSerialize, responseDeserialize } = echo.Talk
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize)
    const got: string[] = []
    call.write('1')
    for await (const text of call) {
      got.push(text)
      if (got.length < 5) call.write(String(got.length + 1))
      else call.end()
    }
    expect(got).toEqual(['echo 1', 'echo 2', 'echo 3', 'echo 4', 'echo 5'])
  })

  it('with metadata both ways, binary values and trailers among it', async () => {
    const { client } = await service({
      Once(call, callback) {
        const back = new Metadata()
        back.set('x-back', String(call.metadata.get('x-there')[0]))
        back.set('x-bytes-bin', call.metadata.get('x-bytes-bin')[0] ?? '')
        call.sendMetadata(back)
        const trailer = new Metadata()
        trailer.set('x-last', 'yes')
        callback(null, 'ok', trailer)
      },
    })
    const metadata = new Metadata()
    metadata.set('x-there', 'and back')
    metadata.set('x-bytes-bin', Buffer.from([0, 255, 1]))
    const { path, requestSerialize, responseDeserialize } = echo.Once
    const seen: Metadata[] = []
    await new Promise(resolve => {
      const call = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, 'x', metadata, () => {})
      call.on('metadata', head => seen.push(head))
      call.on('status', ({ metadata: trailers }) => resolve(seen.push(trailers)))
    })
    expect(seen[0]?.get('x-back')).toEqual(['and back'])
    expect(seen[0]?.get('x-bytes-bin')).toEqual([Buffer.from([0, 255, 1])])
    expect(seen[1]?.get('x-last')).toEqual(['yes'])
  })

  it.each([
    [status.NOT_FOUND, 'no such thing'],
    [status.INVALID_ARGUMENT, 'with spaces, 100 % and ünïcode'],
    [status.INTERNAL, ''],
  ])('that fail with status %d: code and words are the service’s', async (code, details) => {
    const { client } = await service({ Once: (_call, callback) => callback({ code, details }) })
    expect(await errorOf(once(client, 'x'))).toMatchObject({ code, details })
  })

  it('that the caller gives up are cancelled at the service', async () => {
    let cancelled = false
    let begun = false
    const { client } = await service({
      Many(call) {
        begun = true
        call.on('cancelled', () => {
          cancelled = true
        })
      },
    })
    const { path, requestSerialize, responseDeserialize } = echo.Many
    const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, '1')
    call.on('error', () => {})
    await eventually(() => begun)
    call.cancel()
    await eventually(() => cancelled)
  })
})

describe('the time of a call', () => {
  it('is the caller’s: the proxy gives up when it is over, and tells the service how long it is', async () => {
    const asked: string[] = []
    const { client, records } = await service({
      Once: call => void asked.push(String(call.metadata.get('grpc-timeout')[0])),
    })
    const metadata = new Metadata()
    metadata.set('grpc-timeout', '50m')
    expect(await errorOf(once(client, 'x', metadata))).toMatchObject({
      code: status.UNAVAILABLE,
      details: 'upstream request timeout',
    })
    expect([asked.length, records[0]?.flags]).toEqual([1, 'UT'])
  })

  it('is never more than the route’s, and the service is told so', async () => {
    const asked: unknown[] = []
    const methods: Parameters<typeof echoServer>[0] = {
      Once(call, callback) {
        asked.push(call.metadata.get('x-envoy-expected-rq-timeout-ms')[0], call.getDeadline())
        callback(null, '')
      },
    }
    const { client } = await service(methods, { timeout: '5s' })
    const before = Date.now()
    await once(client, 'x', undefined, 60_000)
    expect(asked[0]).toBe('5000')
    expect(Number(asked[1]) - before).toBeLessThan(10_000)
  })

  it('over at the caller: it says so itself', async () => {
    const { client } = await service({ Once: () => {} })
    expect(await errorOf(once(client, 'x', undefined, 50))).toMatchObject({ code: expect.toBeOneOf([4, 14]) })
  })
})

describe('another try of a call', () => {
  const failing = (code: status, times: number) => {
    let calls = 0
    const methods: Parameters<typeof echoServer>[0] = {
      Once: (_call, callback) => (calls++ < times ? callback({ code, details: 'not now' }) : callback(null, 'at last')),
    }
    return { methods, calls: () => calls }
  }

  it.each([
    ['cancelled', status.CANCELLED],
    ['deadline-exceeded', status.DEADLINE_EXCEEDED],
    ['internal', status.INTERNAL],
    ['resource-exhausted', status.RESOURCE_EXHAUSTED],
    ['unavailable', status.UNAVAILABLE],
  ])('is made upon %s where the rule says so', async (retryOn, code) => {
    const { methods, calls } = failing(code, 2)
    const { client } = await service(methods, { retries: { attempts: 2, retryOn } })
    expect([await once(client, 'x'), calls()]).toEqual(['at last', 3])
  })

  it('is made upon unavailable where no rule says anything', async () => {
    const { methods, calls } = failing(status.UNAVAILABLE, 1)
    const { client } = await service(methods)
    expect([await once(client, 'x'), calls()]).toEqual(['at last', 2])
  })

  it('is not made upon another status, nor upon 5xx', async () => {
    const { methods, calls } = failing(status.INTERNAL, 1)
    const { client } = await service(methods, { retries: { attempts: 2, retryOn: '5xx,unavailable' } })
    expect((await errorOf(once(client, 'x'))).code).toBe(status.INTERNAL)
    expect(calls()).toBe(1)
  })

  it('is made no more when all were: the last answer is the answer', async () => {
    const { methods, calls } = failing(status.UNAVAILABLE, 9)
    const { client, records } = await service(methods, { retries: { attempts: 1, retryOn: 'unavailable' } })
    expect(await errorOf(once(client, 'x'))).toMatchObject({ code: status.UNAVAILABLE, details: 'not now' })
    expect([calls(), records[0]?.flags]).toEqual([2, 'URX'])
  })
})

describe('what the proxy answers itself to a call', () => {
  it.each<[string, object, Pick<ServiceError, 'code' | 'details'>]>([
    ['no rule', { match: [{ uri: { prefix: '/other' } }] }, { code: 12, details: '' }],
    [
      'a fault',
      { fault: { abort: { grpcStatus: 'UNAUTHENTICATED', percentage: { value: 100 } } } },
      { code: 16, details: 'fault filter abort' },
    ],
    [
      'a fault of HTTP',
      { fault: { abort: { httpStatus: 429, percentage: { value: 100 } } } },
      { code: 14, details: 'fault filter abort' },
    ],
    ['a direct response', { directResponse: { status: 403, body: { string: 'é %' } } }, { code: 7, details: 'é %' }],
  ])('%s', async (_name, rule, expected) => {
    const { client } = await service({}, rule)
    expect(await errorOf(once(client, 'x'))).toMatchObject(expected)
  })

  it('a service that is not there', async () => {
    const { port } = await shopWorld(1)
    const error = await errorOf(once(grpcClient(port), 'x'))
    expect(error).toMatchObject({
      code: 14,
      details: expect.stringContaining('delayed connect error: Connection refused'),
    })
  })

  it('nobody of that name', async () => {
    const { port } = await shopWorld(1)
    expect(await errorOf(once(grpcClient(port, 'nobody.test'), 'x'))).toMatchObject({ code: 12 })
  })

  it('comes in one frame: status 200 and no length', async () => {
    const { port } = await shopWorld(1, { directResponse: { status: 503, body: { string: 'no' } } })
    const { ask, http2Client } = await import('./http2-harness.ts')
    const headers = { ':authority': 'shop.test', ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' }
    const answer = await ask(http2Client(port), { headers })
    expect(answer).toMatchObject({
      ...{ status: 200, body: '', trailers: {} },
      headers: { 'content-type': 'application/grpc', 'grpc-status': '14', 'grpc-message': 'no', server: 'istio-envoy' },
    })
    expect(answer.headers).not.toHaveProperty('content-length')
  })
})

describe('rules for calls', () => {
  it('tell methods apart by their path, and callers by their headers', async () => {
    const answering = (name: string) => echoServer({ Once: (_call, callback) => callback(null, name) })
    const [one, two, three] = [await answering('one'), await answering('two'), await answering('three')]
    const objects = shopObjects(
      one,
      { match: [{ headers: { 'x-dev-user': { exact: 'ann' } } }], route: [{ destination: { host: 'ann.test' } }] },
      { match: [{ uri: { exact: '/test.Echo/Once' } }], route: [{ destination: { host: 'once.test' } }] },
      {},
    )
    const [entry] = objects.serviceEntries
    const entryOf = (host: string, port: number) => {
      const copy = structuredClone(entry)
      if (!copy) throw new Error('no entry')
      copy.metadata.name = host
      copy.spec.hosts = [host]
      copy.spec.endpoints = [{ address: '127.0.0.1', ports: { grpc: port } }]
      return copy
    }
    const serviceEntries = [...objects.serviceEntries, entryOf('ann.test', two), entryOf('once.test', three)]
    const world = await worldOf(countedUpstreams(1), { objects: { ...objects, serviceEntries } })
    const client = grpcClient(world.port)
    const ann = new Metadata()
    ann.set('x-dev-user', 'ann')
    expect(await once(client, 'x', ann)).toBe('two')
    expect(await once(client, 'x')).toBe('three')
    const { path, requestSerialize, responseDeserialize } = echo.Many
    const got: string[] = []
    for await (const text of client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, '2'))
      got.push(text)
    expect(got).toEqual(['0', '1'])
  })

  it('delay calls by a fault, body and all', async () => {
    const { client } = await service({}, { fault: { delay: { fixedDelay: '60ms', percentage: { value: 100 } } } })
    const began = Date.now()
    expect(await once(client, 'late')).toBe('echo late')
    expect(Date.now() - began).toBeGreaterThanOrEqual(55)
  })

  it('spread calls of one connection by weight', async () => {
    const counts = { one: 0, two: 0 }
    const counting = (name: 'one' | 'two') =>
      echoServer({
        Once(_call, callback) {
          counts[name]++
          callback(null, name)
        },
      })
    const objects = shopObjects(await counting('one'))
    const [entry] = objects.serviceEntries
    entry?.spec.endpoints?.push({ address: '127.0.0.1', ports: { grpc: await counting('two') } })
    const { port } = await worldOf(countedUpstreams(1), { objects })
    const client = grpcClient(port)
    for (let index = 0; index < 40; index++) await once(client, 'x')
    expect(Math.min(counts.one, counts.two)).toBeGreaterThan(5)
  })
})

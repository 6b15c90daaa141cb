import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client, credentials, Metadata, type MethodDefinition } from '@grpc/grpc-js'
import { CloudEvent, HTTP } from 'cloudevents'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Serving, serve } from '../lib/serve.ts'
import { type Chain, startChain, startGrpcChain, urlOf } from './chain-under-test.ts'
import { type Greeting, newGreeting } from './greeting.ts'
import { type GreetingCall, type GreetingResponse, serviceOf } from './greeting-service.ts'
import * as grpcService from './grpc/app.ts'
import { greeters } from './letters.ts'

const readmeOrder = ['D', 'G', 'H', 'E', 'B', 'C', 'A'].map(letter => `Service-${letter}`)
const codeOrder = ['A', 'B', 'D', 'E', 'G', 'H', 'C'].map(letter => `Service-${letter}`)
const services = (list: readonly Greeting[]) => list.map(each => each.service)
const quiet = { LOG_LEVEL: 'silent' }

async function edge(chain: Chain, path: string, headers = {}) {
  const answer = await fetch(chain.urls.gateway + path, { headers })
  const body = (await answer.json()) as { greeting: Greeting[] }
  return { status: answer.status, partial: answer.headers.get('x-partial'), body, list: body.greeting }
}

/** One call of `Greeting`, and the metadata that came back with it. */
function greet(url: string, headers: Record<string, string> = {}): Promise<{ list: Greeting[]; metadata: Metadata }> {
  const { path, requestSerialize, responseDeserialize }: MethodDefinition<object, GreetingResponse> =
    serviceOf('v2').Greeting
  const client = new Client(url.replace('http://', ''), credentials.createInsecure())
  const sent = new Metadata()
  for (const [name, value] of Object.entries(headers)) sent.set(name, value)
  return new Promise((resolve, reject) => {
    let metadata = new Metadata()
    const call = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, sent, (error, answer) => {
      client.close()
      if (error) reject(error)
      else resolve({ list: answer?.greeting ?? [], metadata })
    })
    call.on('metadata', given => {
      metadata = given
    })
  })
}

/** A service with a handler of the test's own. */
function serveGreeting(Greeting: (call: GreetingCall) => void): Promise<Serving> {
  const grpc = () => [{ definition: serviceOf('v3'), handlers: { Greeting } }]
  return serve({ grpc }, { listen: { host: '127.0.0.1', port: 0 }, env: quiet })
}

/** A server that takes events, and remembers their headers. */
async function sink(): Promise<{ url: string; seen: Record<string, unknown>[]; close(): void }> {
  const seen: Record<string, unknown>[] = []
  const server: Server = createServer((request, response) => {
    seen.push(request.headers)
    response.writeHead(202).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, seen, close: () => void server.close() }
}

describe('the greeting chain over gRPC, whole', () => {
  let chain: Chain
  beforeAll(async () => {
    chain = await startGrpcChain()
  })
  afterAll(() => chain.close())

  it('OBS-19 OBS-02: the edge translates seven greetings, in the order of the README', async () => {
    const { status, partial, list } = await edge(chain, '/api/greeting')
    expect([status, partial]).toEqual([200, null])
    expect(services(list)).toEqual(readmeOrder)
    for (const each of list) expect(Object.keys(each)).toEqual(['id', 'service', 'message', 'created'])
  })

  it('says word for word what the variant over HTTP says', async () => {
    const other = await startChain()
    const said = (list: readonly Greeting[]) => list.map(({ service, message }) => [service, message])
    expect(said((await edge(chain, '/api/greeting')).list)).toEqual(said((await edge(other, '/api/greeting')).list))
    await other.close()
  })

  it.each([
    ['/api/v1/greeting', false],
    ['/api/v2/greeting', true],
    ['/api/v3/greeting', true],
    ['/api/greeting?v=2021', true],
  ])('%s: hostnames are there: %s', async (path, there) => {
    const hostnames = (await edge(chain, path)).list.map(each => each.hostname)
    expect(hostnames).toEqual(readmeOrder.map(name => (there ? `pod-${name.at(-1)?.toLowerCase()}` : undefined)))
  })

  it('has the order of the original code for who asks', async () => {
    expect(services((await edge(chain, '/api/greeting?order=pre')).list)).toEqual(codeOrder)
    const { list } = await greet(chain.urls.a ?? '', { 'x-greeting-order': 'pre' })
    expect(services(list)).toEqual(codeOrder)
  })

  it('OBS-09: ping is a bare array', async () => {
    expect(services((await edge(chain, '/api/ping')).body as unknown as Greeting[])).toEqual(readmeOrder)
  })

  it('OBS-21: the edge serves its Swagger document', async () => {
    const { body } = await edge(chain, '/swagger.json')
    expect(Object.keys((body as unknown as { paths: object }).paths)).toEqual(['/api/greeting'])
  })

  it('OBS-40: fifty requests at once each get exactly seven services', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => edge(chain, '/api/greeting')))
    for (const { list } of answers) expect(services(list)).toEqual(readmeOrder)
    expect(new Set(answers.flatMap(({ list }) => list).map(each => each.id)).size).toBe(350)
  })

  it('OBS-22: what C, G and H keep is read back over HTTP from the same listener', async () => {
    const { list } = await edge(chain, '/api/v2/greeting')
    for (const letter of ['c', 'g', 'h']) {
      const own = list.find(each => each.hostname === `pod-${letter}`)
      const newest = async () => (await fetch(`${chain.urls[letter]}/api/greetings?limit=1`)).json()
      await expect.poll(newest).toEqual([{ _id: own?.id, ...own }])
    }
    expect((await fetch(`${chain.urls.a}/api/greetings`)).status).toBe(404)
    expect((await fetch(`${chain.urls.c}/api/messages`)).status).toBe(404)
  })

  it.each(['soon', '10', '-1S'])('a time to answer that is none ("%s") is refused', async text => {
    const answer = await edge(chain, '/api/greeting', { 'grpc-timeout': text })
    expect([answer.status, answer.body]).toEqual([400, expect.objectContaining({ code: 3 })])
  })

  it('OBS-10: every service is alive over HTTP', async () => {
    for (const url of Object.values(chain.urls))
      expect(await (await fetch(`${url}/api/health`)).text()).toBe('{"alive": true}')
  })
})

describe('what goes along', () => {
  it('OBS-18: trace and user go as metadata from the edge to the last service, and with the event', async () => {
    const broker = await sink()
    const chain = await startGrpcChain({ ...quiet, K_SINK: broker.url })
    const headers = {
      'x-b3-traceid': '463ac35c9f6413ad48485a3953bb6124',
      traceparent: '00-463ac35c9f6413ad48485a3953bb6124-1111222233334444-01',
      'x-dev-user': 'ann',
    }
    await edge(chain, '/api/greeting', headers)
    await expect.poll(() => broker.seen[0]).toMatchObject(headers)
    await chain.close()
    broker.close()
  })

  it('OBS-49: a service that is gone leaves a gap, and the metadata and the header say so', async () => {
    const chain = await startGrpcChain(quiet)
    await chain.stop('h')
    const answer = await edge(chain, '/api/greeting')
    expect([answer.status, answer.partial, services(answer.list)]).toEqual([
      200,
      'true',
      readmeOrder.filter(name => name !== 'Service-H'),
    ])
    expect((await greet(chain.urls.a ?? '')).metadata.get('x-partial')).toEqual(['true'])
    await chain.close()
  })

  it.each([
    ['without A', 'a', {}],
    ['in strict mode without a part', 'h', { a: { STRICT_UPSTREAM: 'true' } }],
  ])('OBS-49: %s the edge answers 503, and which code of gRPC that was', async (_what, gone, own) => {
    const chain = await startGrpcChain(quiet, own)
    await chain.stop(gone)
    const answer = await edge(chain, '/api/greeting')
    expect(answer.status).toBe(503)
    expect(answer.body).toEqual({ error: expect.any(String), code: 14, message: expect.any(String) })
    await chain.close()
  })

  it('the time a client gives ends the call: 504, however deep it hangs', async () => {
    const hanging = await serveGreeting(() => {})
    const chain = await startGrpcChain(quiet, { e: { SERVICE_G_URL: urlOf(hanging) } })
    const answer = await edge(chain, '/api/greeting', { 'grpc-timeout': '400m' })
    expect([answer.status, answer.body]).toEqual([504, expect.objectContaining({ code: 4 })])
    await chain.close()
    await hanging.close(10)
  })

  it('a call that is given up is given up down to where it hangs, and nobody else is asked for it', async () => {
    const entered = Promise.withResolvers<void>()
    const cancelled = Promise.withResolvers<void>()
    const hangs = (call: GreetingCall) => {
      entered.resolve()
      call.on('cancelled', () => cancelled.resolve())
    }
    let others = 0
    const counts = () => {
      others++
    }
    const hanging = await serveGreeting(hangs)
    const counting = await serveGreeting(counts)
    const chain = await startGrpcChain(quiet, {
      e: { SERVICE_G_URL: urlOf(hanging), SERVICE_H_URL: urlOf(counting) },
      a: { SERVICE_C_URL: urlOf(counting) },
    })
    const { path, requestSerialize, responseDeserialize } = serviceOf('v3').Greeting
    const client = new Client(chain.urls.a?.replace('http://', '') ?? '', credentials.createInsecure())
    const call = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, () => {})
    await entered.promise
    call.cancel()
    await cancelled.promise
    await chain.close()
    expect(others).toBe(0)
    client.close()
    for (const each of [hanging, counting]) await each.close(10)
  })
})

describe('service F over gRPC', () => {
  const start = (GREETER: string) =>
    serve(grpcService, {
      listen: { host: '127.0.0.1', port: 0 },
      env: { ...quiet, STORE_PATH: ':memory:', GREETER },
    })

  const deliver = (base: string, data: unknown) => {
    const attributes = { type: 'com.example.greeting.v1', source: 'service-d', datacontenttype: 'application/json' }
    const { headers, body } = HTTP.binary(new CloudEvent({ ...attributes, id: 'e-1', data }))
    return fetch(`${base}/events`, { method: 'POST', headers: headers as Record<string, string>, body: String(body) })
  }

  it('OBS-23 OBS-26 OBS-27: takes greetings as events, once, and refuses what is none', async () => {
    const serving = await start('f')
    const base = `http://127.0.0.1:${'port' in serving.address ? serving.address.port : 0}`
    const greeting = newGreeting('Service-D', greeters.d.message)
    const statuses: number[] = []
    for (const data of [greeting, greeting, { hello: 1 }]) statuses.push((await deliver(base, data)).status)
    expect(statuses).toEqual([200, 200, 400])
    expect(await (await fetch(`${base}/api/messages`)).json()).toEqual([{ ...greeting, _id: 'e-1' }])
    await serving.close(1_000)
  })

  it('is the only one that does', async () => {
    const serving = await start('c')
    const base = `http://127.0.0.1:${'port' in serving.address ? serving.address.port : 0}`
    expect((await deliver(base, newGreeting('Service-D', greeters.d.message))).status).toBe(404)
    await serving.close(1_000)
  })

  it.each(['', 'z', 'toString'])('a service that is told to be "%s" does not start', async letter => {
    await expect(start(letter)).rejects.toThrow(`GREETER is "${letter}", it should be one of a, b, c, d, e, f, g, h`)
  })
})

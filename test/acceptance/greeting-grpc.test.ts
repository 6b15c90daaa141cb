// The greeting system over gRPC: through its HTTP edge, and by a gRPC client through the ingress, against a real runtime.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, credentials, Metadata, type MethodDefinition, type ServiceError, status } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { afterAll, beforeAll, expect } from 'vitest'
import { type MeshCall, meshClient } from '../../load/mesh-client.ts'
import { projectDir, startWorld, type World } from '../../load/world.ts'
import { apiClient } from '../../local/cli/client/api-client.ts'
import { publicHosts } from '../../local/cli/commands/up/public-hosts.ts'
import type { GroupKind, KubeObject } from '../../local/kernel/object.ts'
import { ask } from './http.ts'
import { onlyLocal } from './only-local.ts'
import { eventually, get, skiff } from './skiff.ts'

const { describe, it } = onlyLocal('its program speaks gRPC to a port of this machine')

const api = 'api.greeting-grpc.localhost'
const grpcHost = 'grpc.greeting-grpc.localhost'
const readmeOrder = ['D', 'G', 'H', 'E', 'B', 'C', 'A'].map(letter => `Service-${letter}`)

interface Greeting {
  id: string
  service: string
  message: string
  created: string
  hostname?: string
}

interface Answer {
  greeting: Greeting[]
}

const protos = ['', 'greeting/v1/', 'greeting/v2/', 'greeting/v3/'].map(folder => `${folder}greeting.proto`)
const definitions = loadSync(protos, { includeDirs: [join(projectDir, 'proto')], defaults: true })

let world: World
let mesh: MeshCall
const clients: Client[] = []
const edge = (path: string, headers = {}) => ask(world.port, api, path, { headers })
const greetings = async (path = '/api/greeting') => (JSON.parse((await edge(path)).body) as Answer).greeting
const stored = async (namespace: string, service: string, collection: string) => {
  const answer = await mesh(`http://${service}.${namespace}.svc.cluster.local/api/${collection}?limit=1000`)
  return JSON.parse(answer.body) as Greeting[]
}

beforeAll(async () => {
  world = await startWorld()
  mesh = await meshClient(join(world.stateDir, 'api.sock'), 'greeting-grpc')
})
afterAll(async () => {
  for (const client of clients) client.close()
  await world?.stop()
})

interface Called {
  answer: Answer
  metadata: Metadata
}

/** `grpcurl -authority AUTHORITY -import-path proto … PACKAGE.GreetingService/Greeting`, as a program. */
function greet(
  authority: string,
  name = 'greeting',
  options: { request?: object; metadata?: Metadata; deadline?: number } = {},
): Promise<Called> {
  const service = definitions[`${name}.GreetingService`] as unknown as { Greeting: MethodDefinition<object, Answer> }
  const { path, requestSerialize, responseDeserialize } = service.Greeting
  const client = new Client(`127.0.0.1:${world.port}`, credentials.createInsecure(), {
    'grpc.default_authority': authority,
    'grpc.enable_retries': 0,
  })
  clients.push(client)
  const { request = {}, metadata = new Metadata(), deadline = Infinity } = options
  return new Promise((resolve, reject) => {
    let initial = new Metadata()
    const call = client.makeUnaryRequest(
      ...([path, requestSerialize, responseDeserialize, request, metadata, { deadline }] as const),
      (error, answer) => (error ? reject(error) : resolve({ answer: answer as Answer, metadata: initial })),
    )
    call.on('metadata', given => {
      initial = given
    })
  })
}

const failureOf = (work: Promise<unknown>): Promise<ServiceError> =>
  work.then(
    () => Promise.reject(new Error('the call succeeded')),
    error => error as ServiceError,
  )

describe('the edge for HTTP and JSON', () => {
  it('KNI-23 wakes the whole chain from zero', async () => {
    const pods = await get<{ items: unknown[] }>(world.stateDir, 'pods', '-n', 'greeting-grpc')
    expect(pods.items).toEqual([])
    const answer = await edge('/api/greeting')
    expect([answer.status, answer.headers['x-partial']]).toEqual([200, undefined])
    expect((JSON.parse(answer.body) as Answer).greeting.map(one => one.service)).toEqual(readmeOrder)
  })

  it('OBS-02, OBS-04, OBS-05 greets as the other variant does', async () => {
    const one = await greetings()
    const other = JSON.parse((await ask(world.port, 'api.greeting.localhost', '/api/greeting')).body) as Answer
    const said = (list: Greeting[]) => list.map(({ service, message }) => [service, message])
    expect(said(one)).toEqual(said(other.greeting))
    for (const each of one) expect(Object.keys(each)).toEqual(['id', 'service', 'message', 'created'])
  })

  it('answers version 2 with the pods that greet', async () => {
    const hostnames = (await greetings('/api/v2/greeting')).map(one => one.hostname)
    expect(hostnames.map(name => name?.replace(/-deployment-.*/, ''))).toEqual(
      ['d', 'g', 'h', 'e', 'b', 'c', 'a'].map(letter => `service-${letter}-00001`),
    )
  })

  it('OBS-21 serves the Swagger document that stands in proto/', async () => {
    const file = JSON.parse(readFileSync(join(projectDir, 'proto/greeting.swagger.json'), 'utf8')) as { paths: object }
    expect(JSON.parse((await edge('/swagger.json')).body)).toEqual(file)
    expect(Object.keys(file.paths)).toEqual(['/api/greeting'])
  })

  it('gives up when the time asked for is over: 504, and which gRPC status that was', async () => {
    const answer = await edge('/api/greeting', { 'grpc-timeout': '1m' })
    expect(answer.status).toBe(504)
    expect(JSON.parse(answer.body)).toMatchObject({ code: status.DEADLINE_EXCEEDED })
  })

  it('is what `skiff up` tells to try', async () => {
    const client = apiClient(world.stateDir)
    const listed = async (path: string) => (await client.request<{ items: KubeObject[] }>('GET', `/apis/${path}`)).items
    const stored: Record<string, KubeObject[]> = {
      DomainMapping: await listed('serving.knative.dev/v1beta1/domainmappings'),
      VirtualService: await listed('networking.istio.io/v1/virtualservices'),
      Gateway: await listed('networking.istio.io/v1/gateways'),
    }
    const hosts = publicHosts(<T>({ kind }: GroupKind) => (stored[kind] ?? []) as T[])
    const own = hosts.filter(one => one.namespace === 'greeting-grpc')
    expect(own.map(one => [one.hosts, one.path])).toContainEqual([[api], '/api/greeting'])
  })
})

describe('a gRPC client at the ingress', () => {
  it.each(['greeting', 'greeting.v1', 'greeting.v2', 'greeting.v3'])(
    'OBS-19, OBS-20 gets seven greetings of package %s',
    async name => {
      const { answer, metadata } = await greet(grpcHost, name)
      expect(answer.greeting.map(one => one.service)).toEqual(readmeOrder)
      const withHostname = name === 'greeting.v2' || name === 'greeting.v3'
      for (const one of answer.greeting) expect(Boolean(one.hostname)).toBe(withHostname)
      expect([metadata.get('x-service'), metadata.get('x-revision')]).toEqual([['service-a'], ['service-a-00001']])
    },
  )

  it('chooses the order by metadata', async () => {
    const metadata = new Metadata()
    metadata.set('x-greeting-order', 'pre')
    const { answer } = await greet(grpcHost, 'greeting', { metadata })
    expect(answer.greeting.map(one => one.service.at(-1)).join('')).toBe('ABDEGHC')
  })

  it('introduces itself in version 3', async () => {
    const greeting = { id: crypto.randomUUID(), service: 'Tester', message: 'Hi', created: '2026-01-01T00:00:00Z' }
    await greet(grpcHost, 'greeting.v3', { request: { greeting } })
    const asked = await eventually(
      () => skiff(world.stateDir, ['logs', 'svc/service-a', '-n', 'greeting-grpc']),
      ran => ran.out.includes(greeting.id),
    )
    expect(asked.out).toContain('"by":"Tester"')
  })

  it.each([
    ['x-b3-traceid', 'aaaabbbbccccdddd1111222233335555', 'aaaabbbbccccdddd1111222233335555'],
    ['traceparent', '00-bbbbccccddddeeee1111222233334444-1111222233334444-01', 'bbbbccccddddeeee1111222233334444'],
  ])('OBS-18 has its %s handed on as metadata, three hops deep', async (name, value, trace) => {
    const metadata = new Metadata()
    metadata.set(name, value)
    await greet(grpcHost, 'greeting', { metadata })
    const logs = await eventually(
      () => skiff(world.stateDir, ['logs', 'svc/service-h', '-n', 'greeting-grpc']),
      ran => ran.out.includes(trace),
    )
    expect(logs.code).toBe(0)
  })

  it('is told when its deadline passes on the way', async () => {
    const rule = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'slow', namespace: 'greeting-grpc' },
      spec: {
        hosts: ['slow.greeting-grpc.test'],
        gateways: ['knative-serving/knative-ingress-gateway'],
        http: [
          {
            fault: { delay: { fixedDelay: '60s', percentage: { value: 100 } } },
            rewrite: { authority: 'service-a.greeting-grpc.svc.cluster.local' },
            route: [{ destination: { host: 'knative-local-gateway.istio-system.svc.cluster.local' } }],
          },
        ],
      },
    }
    const applied = await skiff(world.stateDir, ['apply', '-f', '-'], { stdin: JSON.stringify(rule) })
    expect(applied).toMatchObject({ code: 0 })
    await eventually(
      () => failureOf(greet('slow.greeting-grpc.test', 'greeting', { deadline: Date.now() + 500 })),
      failure => failure.code === status.DEADLINE_EXCEEDED,
    )
  })

  it('is told what nobody serves', async () => {
    expect((await failureOf(greet('nobody.greeting-grpc.localhost'))).code).toBe(status.UNIMPLEMENTED)
  })
})

describe('the services behind', () => {
  it('OBS-22, OBS-23 keep their greetings, and F that of D, beside those of the other variant', async () => {
    const list = await greetings()
    const idOf = (service: string) => list.find(one => one.service === service)?.id
    for (const [service, collection, from] of [
      ['service-c', 'greetings', 'Service-C'],
      ['service-g', 'greetings', 'Service-G'],
      ['service-h', 'greetings', 'Service-H'],
      ['service-f', 'messages', 'Service-D'],
    ] as const) {
      const id = idOf(from)
      await eventually(
        () => stored('greeting-grpc', service, collection),
        all => all.some(one => one.id === id),
      )
      expect((await stored('greeting', service, collection)).map(one => one.id)).not.toContain(id)
    }
  })

  it('OBS-49 leave a gap where one of them is gone, and say so', async () => {
    const file = join(projectDir, 'knative/greeting-grpc/service-h.yaml')
    expect(await skiff(world.stateDir, ['delete', '-f', file])).toMatchObject({ code: 0 })
    const partial = await eventually(
      () => edge('/api/greeting'),
      answer => answer.headers['x-partial'] === 'true',
    )
    expect(partial.status).toBe(200)
    expect((JSON.parse(partial.body) as Answer).greeting).toHaveLength(6)
    expect(await skiff(world.stateDir, ['apply', '-f', file])).toMatchObject({ code: 0 })
    await eventually(
      () => edge('/api/greeting'),
      answer => answer.status === 200 && answer.headers['x-partial'] === undefined,
    )
  })

  it('without A the edge answers that nothing is there', async () => {
    const file = join(projectDir, 'knative/greeting-grpc/service-a.yaml')
    expect(await skiff(world.stateDir, ['delete', '-f', file])).toMatchObject({ code: 0 })
    const gone = await eventually(
      () => edge('/api/greeting'),
      answer => answer.status !== 200,
    )
    expect(gone.status).toBe(501)
    expect(JSON.parse(gone.body)).toMatchObject({ code: status.UNIMPLEMENTED })
  })
})

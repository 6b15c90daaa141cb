import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, helloProject, startWorld, type World } from '../../load/world.ts'

// gRPC functions as Knative has them: the port is named `h2c`, and the process listens for nothing but HTTP/2.

interface Seen {
  revision: string
  pid: number
  metadata: Record<string, string>
}

let world: World
let project: string
const clients: Client[] = []

function service(name: string, container: object = {}) {
  const annotations = { 'autoscaling.knative.dev/initial-scale': '0' }
  const ports = [{ name: 'h2c', containerPort: 8080 }]
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: {
      template: {
        metadata: { annotations },
        spec: { containers: [{ image: 'grpc.test/program', ports, ...container }] },
      },
    },
  }
}

const faults = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'probe', namespace: 'default' },
  spec: {
    hosts: ['probe.test'],
    gateways: ['knative-serving/knative-ingress-gateway'],
    http: [
      {
        match: [{ uri: { exact: '/test.Probe/Fail' } }],
        fault: { abort: { grpcStatus: 'RESOURCE_EXHAUSTED', percentage: { value: 100 } } },
        route: [{ destination: { host: 'callee.default.svc.cluster.local' } }],
      },
      {
        match: [{ headers: { 'x-dev-user': { exact: 'ann' } } }],
        rewrite: { authority: 'other.default.svc.cluster.local' },
        route: [{ destination: { host: 'knative-local-gateway.istio-system.svc.cluster.local' } }],
      },
      {
        rewrite: { authority: 'callee.default.svc.cluster.local' },
        route: [{ destination: { host: 'knative-local-gateway.istio-system.svc.cluster.local' } }],
      },
    ],
  },
}

beforeAll(async () => {
  project = helloProject(1)
  const objects = [
    ...[service('callee'), service('caller'), service('other', { readinessProbe: { grpc: { port: 8080 } } })],
    service('hello-h2c', { image: 'dev.local/hello/hello' }),
  ]
  for (const object of objects) {
    writeFileSync(join(project, `knative/hello/${object.metadata.name}.yaml`), JSON.stringify(object))
  }
  writeFileSync(join(project, 'knative/hello/rules.yaml'), JSON.stringify(faults))
  const images = join(project, 'images.yaml')
  const program = join(import.meta.dirname, 'grpc-program.mjs')
  writeFileSync(images, JSON.stringify([{ image: 'grpc.test/program', command: [process.execPath, program] }]))
  world = await startWorld({ project, flags: ['--images', images] })
})

afterAll(async () => {
  for (const client of clients) client.close()
  await world?.stop()
  rmSync(project, { recursive: true, force: true })
})

function clientOf(authority: string): Client {
  const options = { 'grpc.default_authority': authority, 'grpc.enable_retries': 0 }
  const client = new Client(`127.0.0.1:${world.port}`, credentials.createInsecure(), options)
  clients.push(client)
  return client
}

const serialize = (value: unknown) => Buffer.from(JSON.stringify(value))
const deserialize = (data: Buffer) => JSON.parse(data.toString())

function unary(authority: string, method: string, message: unknown = {}, metadata = new Metadata()): Promise<Seen> {
  const client = clientOf(authority)
  return new Promise((resolve, reject) =>
    client.makeUnaryRequest(`/test.Probe/${method}`, serialize, deserialize, message, metadata, (error, value) =>
      error ? reject(error) : resolve(value),
    ),
  )
}

function failureOf(work: Promise<unknown>): Promise<ServiceError> {
  return work.then(
    () => Promise.reject(new Error('the call succeeded')),
    error => error as ServiceError,
  )
}

describe('a gRPC function', () => {
  it('wakes from zero for a call', async () => {
    const seen = await unary('callee.default.localhost', 'See')
    expect(seen).toMatchObject({
      revision: 'callee-00001',
      metadata: { 'k-proxy-request': 'activator', 'x-forwarded-proto': 'http' },
    })
  })

  it('that is awake streams to its caller', async () => {
    const call = clientOf('callee.default.localhost').makeServerStreamRequest(
      '/test.Probe/Count',
      serialize,
      deserialize,
      { to: 300 },
    )
    const got: number[] = []
    for await (const { index } of call) got.push(index)
    expect(got).toEqual(Array.from({ length: 300 }, (_, index) => index))
  })

  it('talks both ways at once', async () => {
    const call = clientOf('callee.default.localhost').makeBidiStreamRequest('/test.Probe/Talk', serialize, deserialize)
    call.write(1)
    const got: unknown[] = []
    for await (const answer of call) {
      got.push(answer)
      if (got.length < 3) call.write(got.length + 1)
      else call.end()
    }
    expect(got).toEqual([{ heard: 1 }, { heard: 2 }, { heard: 3 }])
  })

  it('fails with its own status and words', async () => {
    const failure = await failureOf(unary('callee.default.localhost', 'Fail', { code: 9, details: 'not yet, 50 %' }))
    expect(failure).toMatchObject({ code: status.FAILED_PRECONDITION, details: 'not yet, 50 %' })
  })

  it('calls another one through its proxy, which wakes for it', async () => {
    const target = 'other.default.svc.cluster.local:80'
    expect(await unary('caller.default.localhost', 'Ask', { target })).toMatchObject({ revision: 'other-00001' })
  })

  it('that nobody has is unimplemented', async () => {
    expect((await failureOf(unary('nobody.default.localhost', 'See'))).code).toBe(status.UNIMPLEMENTED)
  })

  it('is called by rules: by path, by header, and otherwise', async () => {
    const ann = new Metadata()
    ann.set('x-dev-user', 'ann')
    expect((await unary('probe.test', 'See')).revision).toBe('callee-00001')
    expect((await unary('probe.test', 'See', {}, ann)).revision).toBe('other-00001')
    expect(await failureOf(unary('probe.test', 'Fail'))).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: 'fault filter abort',
    })
  })

  it('whose process dies takes its calls along, and the next call finds a new one', async () => {
    const { pid } = await unary('callee.default.localhost', 'See')
    const call = clientOf('callee.default.localhost').makeBidiStreamRequest('/test.Probe/Talk', serialize, deserialize)
    const failed = new Promise<ServiceError>(resolve => call.once('error', resolve))
    call.write(1)
    await new Promise(resolve => call.once('data', resolve))
    process.kill(pid, 'SIGKILL')
    expect([status.UNAVAILABLE, status.INTERNAL, status.CANCELLED]).toContain((await failed).code)
    expect((await unary('callee.default.localhost', 'See')).pid).not.toBe(pid)
  })
})

describe('HTTP/2 with prior knowledge', () => {
  const curl = async (...words: string[]) => {
    const { stdout } = await promisify(execFile)('curl', ['-s', '--http2-prior-knowledge', ...words])
    return stdout
  }
  const url = () => `http://127.0.0.1:${world.port}/`

  it('reaches a function that speaks HTTP/1.1', async () => {
    const answer = await curl('-w', ' %{http_version} %{http_code}', '-H', 'Host: hello-0.default.localhost', url())
    expect(answer).toBe('hello 2 200')
  })

  it('reaches a function of this project on such a port, and so does HTTP/1.1', async () => {
    const host = 'hello-h2c.default.localhost'
    expect(await curl('-w', ' %{http_version} %{http_code}', '-H', `Host: ${host}`, url())).toBe('hello 2 200')
    expect(await call(world.port, host)).toMatchObject({ status: 200, body: 'hello' })
  })

  it('is answered by the gateway itself where nobody else does', async () => {
    const answer = await curl('-i', '-H', 'Host: nobody.localhost', url())
    expect(answer).toMatch(/^HTTP\/2 404 \r\ndate: .*\r\nserver: istio-envoy\r\n\r\n$/)
  })

  it('is not needed to reach a function that speaks nothing else', async () => {
    expect(await call(world.port, 'callee.default.localhost')).toMatchObject({ status: 415 })
  })
})

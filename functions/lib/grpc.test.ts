import { connect } from 'node:http2'
import { type AddressInfo, createServer } from 'node:net'
import {
  Client,
  credentials,
  Metadata,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { callUnary, closeChannels } from './grpc-client.ts'
import { type GrpcService, grpcFailure, unary } from './grpc-server.ts'
import { createLog, logOf } from './log.ts'
import { type Serving, serve } from './serve.ts'

const env = { LOG_LEVEL: 'silent', K_SERVICE: 's', K_REVISION: 's-00001' }
const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

const serialize = (value: unknown) => Buffer.from(JSON.stringify(value))
const deserialize = (data: Buffer) => JSON.parse(data.toString())

function method(name: string, requestStream = false, responseStream = false) {
  return {
    ...{ path: `/test.Probe/${name}`, requestStream, responseStream },
    ...{ requestSerialize: serialize, requestDeserialize: deserialize },
    ...{ responseSerialize: serialize, responseDeserialize: deserialize },
  }
}

type Call = ServerUnaryCall<unknown, unknown>

const probe = (answer: (call: Call) => Promise<{ message: unknown; metadata?: Metadata }>, own = env): GrpcService => ({
  definition: { Ask: method('Ask'), Talk: method('Talk', true, true) },
  handlers: {
    Ask: unary(own, answer),
    Talk(call: ServerDuplexStream<unknown, unknown>) {
      call.on('data', message => call.write({ heard: message }))
      call.on('end', () => call.end())
    },
  },
})

async function start(module: object): Promise<Serving> {
  const serving = await serve(module, { listen: { host: '127.0.0.1', port: 0 }, env })
  open.push(() => serving.close(1_000))
  return serving
}

const startProbe = (answer: Parameters<typeof probe>[0]) => start({ grpc: () => [probe(answer)] })
const target = ({ address }: Serving) => `127.0.0.1:${'port' in address ? address.port : 0}`

function clientOf(serving: Serving): Client {
  const client = new Client(target(serving), credentials.createInsecure(), { 'grpc.enable_retries': 0 })
  open.push(() => client.close())
  return client
}

/** Calls as functions do. */
async function ask(serving: Serving, message: unknown, options: { headers?: object; deadline?: number } = {}) {
  const own = { ...env }
  open.push(() => closeChannels(own))
  const headers = { ...options.headers } as Record<string, string>
  return callUnary(own, `http://${target(serving)}`, method('Ask'), message, { ...options, headers })
}

const failureOf = (work: Promise<unknown>): Promise<ServiceError> =>
  work.then(
    () => Promise.reject(new Error('the call succeeded')),
    error => error as ServiceError,
  )

describe('a function that is a gRPC service', () => {
  it('answers calls, and says which revision it is', async () => {
    const serving = await startProbe(async ({ request }) => ({ message: { asked: request } }))
    const { message, metadata } = await ask(serving, { a: 1 })
    expect(message).toEqual({ asked: { a: 1 } })
    expect([metadata.get('x-service'), metadata.get('x-revision')]).toEqual([['s'], ['s-00001']])
  })

  it('is given metadata, and sends its own', async () => {
    const serving = await startProbe(async ({ metadata }) => {
      const own = new Metadata()
      own.set('x-seen', metadata.get('x-b3-traceid')[0] ?? '')
      return { message: {}, metadata: own }
    })
    const { metadata } = await ask(serving, {}, { headers: { 'x-b3-traceid': '463ac35c' } })
    expect(metadata.get('x-seen')).toEqual(['463ac35c'])
  })

  it('serves HTTP beside it, on the same connection', async () => {
    const app = new Hono().get('/', c => c.text('hello'))
    const serving = await start({ default: app, grpc: () => [probe(async () => ({ message: 'grpc' }))] })
    const session = connect(`http://${target(serving)}`)
    open.push(() => session.destroy())
    const whole = async (headers: object, body?: string) => {
      const stream = session.request({ ':method': 'POST', ...headers })
      if (body !== undefined) stream.end(body)
      const trailers = new Promise(resolve => stream.on('trailers', resolve).on('end', () => resolve({})))
      const chunks: Buffer[] = []
      for await (const chunk of stream) chunks.push(chunk)
      return { body: Buffer.concat(chunks), trailers: await trailers }
    }
    const frame = '\0\0\0\0\x02{}'
    const grpc = { ':path': '/test.Probe/Ask', 'content-type': 'application/grpc', te: 'trailers' }
    const answers = await Promise.all([
      whole(grpc, frame),
      whole({ ':path': '/', ':method': 'GET' }),
      whole(grpc, frame),
    ])
    expect(answers.map(({ body }) => body.toString())).toEqual(['\0\0\0\0\x06"grpc"', 'hello', '\0\0\0\0\x06"grpc"'])
    expect(answers[0]?.trailers).toMatchObject({ 'grpc-status': '0' })
  })

  it('needs no app: HTTP has the paths of every function then', async () => {
    const serving = await startProbe(async () => ({ message: {} }))
    const statusOf = async (path: string) => (await fetch(`http://${target(serving)}${path}`)).status
    expect([await statusOf('/healthz'), await statusOf('/')]).toEqual([200, 404])
  })

  it('talks both ways at once, a thousand messages and a large one', async () => {
    const call = clientOf(await startProbe(async () => ({ message: {} }))).makeBidiStreamRequest(
      ...(['/test.Probe/Talk', serialize, deserialize] as const),
    )
    const sent: unknown[] = [...Array.from({ length: 1_000 }, (_, index) => index), 'x'.repeat(2_000_000)]
    for (const message of sent) call.write(message)
    const got: unknown[] = []
    for await (const { heard } of call) {
      got.push(heard)
      if (got.length === sent.length) call.end()
    }
    expect(got).toEqual(sent)
  })

  it('answers many calls at once', async () => {
    const serving = await startProbe(async ({ request }) => ({ message: request }))
    const own = { ...env }
    open.push(() => closeChannels(own))
    const calls = Array.from({ length: 200 }, (_, index) =>
      callUnary(own, `http://${target(serving)}`, method('Ask'), { index }, { headers: {} }),
    )
    expect((await Promise.all(calls)).map(each => each.message)).toEqual(calls.map((_, index) => ({ index })))
  })

  it('counts its answers by status', async () => {
    const serving = await startProbe(async ({ request }) => {
      if (request === 'no') throw grpcFailure(status.NOT_FOUND, 'nothing here')
      return { message: {} }
    })
    await ask(serving, 'yes')
    await failureOf(ask(serving, 'no'))
    const metrics = await (await fetch(`http://${target(serving)}/metrics`)).text()
    expect(metrics).toContain('grpc_requests_total{code="0"} 1')
    expect(metrics).toContain('grpc_requests_total{code="5"} 1')
  })
})

describe('calls that fail', () => {
  it('have the status and the words the handler threw', async () => {
    const serving = await startProbe(() => Promise.reject(grpcFailure(status.FAILED_PRECONDITION, 'not yet, 50 %')))
    expect(await failureOf(ask(serving, {}))).toMatchObject({ code: 9, details: 'not yet, 50 %' })
  })

  it('tell nothing of an unexpected error, which the log has', async () => {
    const lines: string[] = []
    const own = { ...env, LOG_LEVEL: 'error' }
    logOf.provide(
      own,
      createLog(own, line => lines.push(line)),
    )
    const failing = probe(() => Promise.reject(new Error('secret')), own)
    const failure = await failureOf(ask(await start({ grpc: () => [failing] }), {}))
    expect(failure).toMatchObject({ code: status.INTERNAL, details: 'Internal Error' })
    expect(lines.map(line => JSON.parse(line))).toEqual([
      expect.objectContaining({ method: '/test.Probe/Ask', error: expect.stringContaining('secret') }),
    ])
  })

  it('are unimplemented where no service has the method', async () => {
    const serving = await start({ grpc: () => [{ definition: { Other: method('Other') }, handlers: {} }] })
    expect((await failureOf(ask(serving, {}))).code).toBe(status.UNIMPLEMENTED)
  })

  it('end at their deadline, and the handler knew it', async () => {
    const deadline = Date.now() + 300
    const known = Promise.withResolvers<number>()
    const cancelled = Promise.withResolvers<void>()
    const serving = await startProbe(call => {
      known.resolve(Number(call.getDeadline()))
      call.on('cancelled', () => cancelled.resolve())
      return new Promise(() => {})
    })
    expect((await failureOf(ask(serving, {}, { deadline }))).code).toBe(status.DEADLINE_EXCEEDED)
    expect(Math.abs((await known.promise) - deadline)).toBeLessThan(1_000)
    await cancelled.promise
  })

  it('that are cancelled stop their handler', async () => {
    const entered = Promise.withResolvers<void>()
    const cancelled = Promise.withResolvers<void>()
    const serving = await startProbe(call => {
      entered.resolve()
      call.on('cancelled', () => cancelled.resolve())
      return new Promise(() => {})
    })
    const failed = Promise.withResolvers<ServiceError | null>()
    const call = clientOf(serving).makeUnaryRequest(
      ...(['/test.Probe/Ask', serialize, deserialize, {}, failed.resolve] as const),
    )
    await entered.promise
    call.cancel()
    await cancelled.promise
    expect((await failed.promise)?.code).toBe(status.CANCELLED)
  })

  it('are unavailable where nobody listens', async () => {
    const taken = createServer()
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    await new Promise(resolve => taken.close(resolve))
    const own = { ...env }
    open.push(() => closeChannels(own))
    const call = callUnary(own, `http://127.0.0.1:${port}`, method('Ask'), {}, { headers: {} })
    expect((await failureOf(call)).code).toBe(status.UNAVAILABLE)
  })

  it('keep a function from starting whose services cannot be made', async () => {
    const module = {
      grpc() {
        throw new Error('GREETER is missing')
      },
    }
    await expect(serve(module, { listen: { host: '127.0.0.1', port: 0 }, env })).rejects.toThrow('GREETER is missing')
  })
})

describe('draining gRPC', () => {
  it('KNI-18: lets the call in flight finish, and the work after its answer', async () => {
    const entered = Promise.withResolvers<void>()
    const finish = Promise.withResolvers<void>()
    const work = Promise.withResolvers<void>()
    const serving = await start({
      grpc: (_env: object, background: { add(work: Promise<unknown>): void }) => [
        probe(async () => {
          entered.resolve()
          await finish.promise
          background.add(work.promise)
          return { message: 'whole' }
        }),
      ],
    })
    const answer = ask(serving, {})
    await entered.promise
    let closed = false
    const closing = serving.close(10_000).then(() => {
      closed = true
    })
    finish.resolve()
    expect((await answer).message).toBe('whole')
    expect(closed).toBe(false)
    work.resolve()
    await closing
  })

  it('cuts what outlasts the grace', async () => {
    const entered = Promise.withResolvers<void>()
    const serving = await startProbe(() => {
      entered.resolve()
      return new Promise(() => {})
    })
    const failed = failureOf(ask(serving, {}))
    await entered.promise
    await serving.close(50)
    expect([status.UNAVAILABLE, status.CANCELLED, status.INTERNAL]).toContain((await failed).code)
  })
})

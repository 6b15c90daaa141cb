// For tests: a gRPC service with a method of each kind, its server, and a client that asks through a gateway.
import {
  Client,
  credentials,
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
} from '@grpc/grpc-js'
import { afterTest } from '../gateway-harness.ts'

type Method = MethodDefinition<string, string>

function method(name: string, requestStream: boolean, responseStream: boolean): Method {
  const bytes = { serialize: (text: string) => Buffer.from(text), deserialize: (data: Buffer) => data.toString() }
  return {
    path: `/test.Echo/${name}`,
    ...{ requestStream, responseStream, originalName: name },
    ...{ requestSerialize: bytes.serialize, requestDeserialize: bytes.deserialize },
    ...{ responseSerialize: bytes.serialize, responseDeserialize: bytes.deserialize },
  }
}

export const echo = {
  Once: method('Once', false, false),
  Many: method('Many', false, true),
  Sum: method('Sum', true, false),
  Talk: method('Talk', true, true),
}

export interface EchoService {
  Once: handleUnaryCall<string, string>
  Many: handleServerStreamingCall<string, string>
  Sum: handleClientStreamingCall<string, string>
  Talk: handleBidiStreamingCall<string, string>
}

const plain: EchoService = {
  Once: (call, callback) => callback(null, `echo ${call.request}`, undefined),
  Many(call) {
    for (let index = 0; index < Number(call.request); index++) call.write(String(index))
    call.end()
  },
  Sum(call, callback) {
    let sum = 0
    call.on('data', text => {
      sum += Number(text)
    })
    call.on('end', () => callback(null, String(sum)))
  },
  Talk(call) {
    call.on('data', text => call.write(`echo ${text}`))
    call.on('end', () => call.end())
  },
}

/** The port of a server of the service on the loopback; methods not given echo. */
export async function echoServer(service: Partial<EchoService> = {}): Promise<number> {
  const server = new Server()
  server.addService(echo, { ...plain, ...service })
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  )
  afterTest(() => server.forceShutdown())
  return port
}

export function grpcClient(port: number, authority = 'shop.test', machine = '127.0.0.1'): Client {
  const options = { 'grpc.default_authority': authority, 'grpc.enable_retries': 0 }
  const client = new Client(`${machine}:${port}`, credentials.createInsecure(), options)
  afterTest(() => client.close())
  return client
}

/** Resolves with the answer; rejects with gRPC's own error. */
export function once(client: Client, text: string, metadata?: Metadata, deadlineMs?: number): Promise<string> {
  const { path, requestSerialize, responseDeserialize } = echo.Once
  const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs }
  return new Promise((resolve, reject) => {
    const callback = (error: Error | null, value?: string) => (error ? reject(error) : resolve(value ?? ''))
    if (metadata) {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, text, metadata, options, callback)
    } else client.makeUnaryRequest(path, requestSerialize, responseDeserialize, text, options, callback)
  })
}

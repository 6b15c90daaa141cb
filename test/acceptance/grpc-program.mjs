// The program behind the gRPC tests: one service that tells what it saw, streams, fails, and calls another of its kind.
import { Client, credentials, Metadata, Server, ServerCredentials } from '@grpc/grpc-js'

const text = {
  serialize: value => Buffer.from(JSON.stringify(value)),
  deserialize: data => JSON.parse(data.toString()),
}

function method(path, requestStream = false, responseStream = false) {
  return {
    ...{ path, requestStream, responseStream, requestSerialize: text.serialize, requestDeserialize: text.deserialize },
    ...{ responseSerialize: text.serialize, responseDeserialize: text.deserialize },
  }
}

const bytes = { serialize: data => data, deserialize: data => data }
const serving = Buffer.from([0x08, 1])

const server = new Server()
server.addService(
  {
    see: method('/test.Probe/See'),
    count: method('/test.Probe/Count', false, true),
    talk: method('/test.Probe/Talk', true, true),
    fail: method('/test.Probe/Fail'),
    ask: method('/test.Probe/Ask'),
    check: {
      ...method('/grpc.health.v1.Health/Check'),
      ...{ requestDeserialize: bytes.deserialize, responseSerialize: bytes.serialize },
    },
  },
  {
    see(call, answer) {
      const trailers = new Metadata()
      trailers.set('x-last', 'seen')
      answer(null, { revision: process.env.K_REVISION, pid: process.pid, metadata: call.metadata.getMap() }, trailers)
    },
    count(call) {
      for (let index = 0; index < call.request.to; index++) call.write({ index })
      call.end()
    },
    talk(call) {
      call.on('data', message => call.write({ heard: message }))
      call.on('end', () => call.end())
    },
    fail: (call, answer) => answer({ code: call.request.code, details: call.request.details }),
    ask(call, answer) {
      // What grpc-js makes of grpc_proxy: a CONNECT to the capture, and HTTP/2 behind it.
      const client = new Client(call.request.target, credentials.createInsecure())
      client.makeUnaryRequest('/test.Probe/See', text.serialize, text.deserialize, {}, (error, value) => {
        client.close()
        answer(error, value)
      })
    },
    check: (_call, answer) => answer(null, serving),
  },
)
server.bindAsync(`0.0.0.0:${process.env.PORT}`, ServerCredentials.createInsecure(), error => {
  if (error) throw error
})
process.once('SIGTERM', () => server.tryShutdown(() => process.exit(0)))

// The gRPC health check over plain h2c: one call of grpc.health.v1.Health/Check.
import { connect } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import type { InstanceAddress } from '../../seams/instances.ts'

const serving = 1

/** Resolves when `service` reports SERVING within `timeoutMs` milliseconds. */
export function checkGrpcHealth(address: InstanceAddress, service: string, timeoutMs: number): Promise<void> {
  const socket = connectSocket('path' in address ? { path: address.path } : address)
  const session = connect('http://localhost', { createConnection: () => socket })
  return new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    session.once('close', () => clearTimeout(timer))
    session.once('error', reject)
    const call = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    const chunks: Buffer[] = []
    let status: unknown
    call.on('error', reject)
    call.on('data', (chunk: Buffer) => chunks.push(chunk))
    call.on('response', headers => (status ??= headers['grpc-status']))
    call.on('trailers', trailers => (status = trailers['grpc-status']))
    call.on('end', () => {
      const health = statusOf(Buffer.concat(chunks))
      if (Number(status) === 0 && health === serving) resolve()
      else
        reject(
          new Error(
            `gRPC health of "${service}" is ${health ?? 'unknown'}, grpc-status ${String(status ?? 'missing')}`,
          ),
        )
    })
    call.end(frame(service))
  }).finally(() => session.destroy())
}

/** A HealthCheckRequest in a gRPC frame: field 1 is the service's name. */
function frame(service: string): Buffer {
  const name = Buffer.from(service)
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name])
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
}

/** The status of a HealthCheckResponse: field 1, a varint below 128. */
function statusOf(body: Buffer): number | undefined {
  return body.length >= 7 && body[5] === 0x08 ? body[6] : undefined
}

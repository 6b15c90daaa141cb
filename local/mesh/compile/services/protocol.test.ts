import { describe, expect, it } from 'vitest'
import { carriesHttp } from '../service-registry.ts'
import { serviceEntryProtocol, servicePortProtocol } from './protocol.ts'

describe('the protocol of a Service port', () => {
  it.each([
    [{ port: 80, name: 'http' }, 'HTTP'],
    [{ port: 80, name: 'http-web' }, 'HTTP'],
    [{ port: 80, name: 'HTTP-web' }, 'HTTP'],
    [{ port: 80, name: 'http2' }, 'HTTP2'],
    [{ port: 80, name: 'http2-x' }, 'HTTP2'],
    [{ port: 80, name: 'grpc-api' }, 'GRPC'],
    [{ port: 80, name: 'grpc-web' }, 'GRPC'],
    [{ port: 80, name: 'grpc-web-x' }, 'GRPC'],
    [{ port: 443, name: 'https' }, 'HTTPS'],
    [{ port: 443, name: 'tls-x' }, 'TLS'],
    [{ port: 6379, name: 'redis' }, 'TCP'],
    [{ port: 80, name: 'h2c' }, 'AUTO'],
    [{ port: 80, name: 'httpx' }, 'AUTO'],
    [{ port: 80, name: 'web' }, 'AUTO'],
    [{ port: 80 }, 'AUTO'],
    [{ port: 3306 }, 'TCP'],
    [{ port: 27017, name: 'db' }, 'TCP'],
    [{ port: 80, name: 'tcp', appProtocol: 'http' }, 'HTTP'],
    [{ port: 80, name: 'http', appProtocol: 'kubernetes.io/h2c' }, 'HTTP2'],
    [{ port: 80, appProtocol: 'kubernetes.io/ws' }, 'HTTP'],
    [{ port: 80, appProtocol: 'kubernetes.io/wss' }, 'HTTPS'],
    [{ port: 80, name: 'http', appProtocol: 'example.com/own' }, 'AUTO'],
  ])('%j is %s', (port, expected) => {
    expect(servicePortProtocol(port)).toBe(expected)
  })
})

describe('the protocol of a ServiceEntry port', () => {
  it.each([
    ['HTTP', 'HTTP'],
    ['http', 'HTTP'],
    ['GRPC-Web', 'GRPC'],
    ['MONGO', 'TCP'],
    ['http-web', 'AUTO'],
    [undefined, 'AUTO'],
  ])('%s is %s', (protocol, expected) => {
    expect(serviceEntryProtocol(protocol)).toBe(expected)
  })
})

it.each([
  ['HTTP', true],
  ['HTTP2', true],
  ['GRPC', true],
  ['AUTO', true],
  ['HTTPS', false],
  ['TLS', false],
  ['TCP', false],
] as const)('%s carries HTTP: %s', (protocol, expected) => {
  expect(carriesHttp({ number: 80, name: '', protocol, endpoints: [] })).toBe(expected)
})

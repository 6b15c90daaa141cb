import { describe, expect, it } from 'vitest'
import { objectOf, verdictOf } from '../verdict-harness.ts'

const verdict = (fields: string) => verdictOf(objectOf('Sidecar', `{${fields}}`))
const ingress = (fields: string, port = 'number: 80, protocol: HTTP, name: http') =>
  verdict(`ingress: [{port: {${port}}, ${fields}}]`)
const egress = (fields: string) => verdict(`egress: [${fields}]`)

describe('a Sidecar', () => {
  it.each([
    ['nothing', '', 'sidecar: empty configuration provided'],
    [
      'a selector with a wildcard',
      'workloadSelector: {labels: {a: "*"}}, egress: [{hosts: ["./*"]}]',
      'wildcard is not supported in selector: "a=*"',
    ],
    [
      'an egress proxy of a closed mesh',
      'outboundTrafficPolicy: {egressProxy: {host: a.test}}',
      'sidecar: egress_proxy must be set only with ALLOW_ANY outbound_traffic_policy mode',
    ],
    [
      'an egress proxy without a port',
      'outboundTrafficPolicy: {mode: ALLOW_ANY, egressProxy: {host: a.test}}',
      'sidecar: egress_proxy port must be non-nil',
    ],
    ['an empty pool', 'inboundConnectionPool: {}', 'connection pool must have at least one field'],
  ])('with %s', (_, fields, said) => expect(verdict(fields)).toBe(said))
})

describe('a listener for callers', () => {
  it.each([
    ['a local endpoint', 'defaultEndpoint: "127.0.0.1:8080"', 'admitted'],
    ['a local endpoint of IPv6', 'defaultEndpoint: "[::1]:8080"', 'admitted'],
    ['a socket', 'defaultEndpoint: "unix:///a"', 'admitted'],
    ['a port alone', 'defaultEndpoint: ":8080"', 'admitted'],
    [
      'an endpoint elsewhere',
      'defaultEndpoint: "10.0.0.1:8080"',
      expect.stringContaining('sidecar: defaultEndpoint must be of form 127.0.0.1:<port>'),
    ],
    [
      'an endpoint without a port',
      'defaultEndpoint: "127.0.0.1"',
      expect.stringContaining('address 127.0.0.1: missing port in address'),
    ],
    [
      'a port that is a word',
      'defaultEndpoint: ":http"',
      'sidecar: defaultEndpoint port (http) is not a number: strconv.Atoi: parsing "http": invalid syntax',
    ],
    [
      'TLS on plain HTTP',
      'tls: {mode: SIMPLE, serverCertificate: /c, privateKey: /k}',
      'server cannot have TLS settings for non HTTPS/TLS ports',
    ],
    ['a bad address', 'bind: a', 'a is not a valid IP'],
  ])('with %s', (_, fields, said) => expect(ingress(fields)).toEqual(said))

  it('has a port, and one of its own', () => {
    expect(verdict('ingress: [{}]')).toBe('sidecar: port is required for ingress listeners')
    const one = '{port: {number: 80, protocol: HTTP}}'
    expect(verdict(`ingress: [${one}, ${one}]`)).toBe('sidecar: ports on IP bound listeners must be unique')
  })

  it('takes no credential for TLS, nor the mode of the mesh', () => {
    const port = 'number: 443, protocol: HTTPS, name: https'
    expect(ingress('tls: {mode: SIMPLE, credentialName: s}', port)).toBe(
      'sidecar: credentialName is not currently supported',
    )
    expect(ingress('tls: {mode: ISTIO_MUTUAL}', port)).toContain(
      'cannot set mode to ISTIO_MUTUAL in sidecar ingress tls',
    )
  })
})

describe('a listener for calls', () => {
  it.each([
    ['hosts of namespaces', '{hosts: ["./*", "*/a.test", "~/*", "b/*.test"]}', 'admitted'],
    ['no hosts', '{}', 'sidecar: egress listener must contain at least one host'],
    ['a host without a namespace', '{hosts: [a.test]}', 'host must be of form namespace/dnsName'],
    ['a bad namespace', '{hosts: ["a_b/a.test"]}', 'invalid namespace value "a_b" in sidecar'],
    ['a short name', '{hosts: ["b/a"]}', 'short names (non FQDN) are not allowed'],
    [
      'a bad host, said twice',
      '{hosts: ["b/a_b.test"]}',
      '2 errors occurred:\n\t* domain name "a_b.test" invalid (label "a_b" invalid)\n\t* domain name "a_b.test" invalid (label "a_b" invalid)\n\n',
    ],
    [
      'the rest before a port',
      '{hosts: ["./*"]}, {port: {number: 80, protocol: HTTP}, hosts: ["./*"]}',
      'sidecar: the egress listener with empty port should be the last listener in the list',
    ],
    [
      'a port twice',
      '{port: {number: 80}, hosts: ["./*"]}, {port: {number: 80}, hosts: ["./*"]}',
      'sidecar: ports on IP bound listeners must be unique',
    ],
    [
      'port 0 without a socket',
      '{port: {}, hosts: ["./*"]}',
      'sidecar: ports with 0 value must have a unix domain socket bind address',
    ],
    [
      'a captured socket',
      '{port: {}, bind: "unix:///a", captureMode: IPTABLES, hosts: ["./*"]}',
      'sidecar: captureMode must be DEFAULT/NONE for unix domain socket listeners',
    ],
  ])('with %s', (_, fields, said) => expect(egress(fields)).toBe(said))
})

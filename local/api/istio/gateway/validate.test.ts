import { describe, expect, it } from 'vitest'
import { objectOf, verdictOf } from '../verdict-harness.ts'

const verdict = (servers: string, metadata?: string) =>
  verdictOf(objectOf('Gateway', `{servers: [${servers}]}`, metadata))
const server = (port: string, fields = '') => verdict(`{port: {name: p, ${port}}, hosts: ["*"], ${fields}}`)
const tls = (fields: string) => server('number: 443, protocol: HTTPS', `tls: {${fields}}`)

describe('a Gateway', () => {
  it.each([
    ['no server', '', 'gateway must have at least one server'],
    ['no port', '{hosts: ["*"]}', 'port is required'],
    [
      'hosts of a namespace',
      '{port: {number: 80, protocol: http, name: p}, hosts: ["app/a.test", "./*", "*/*.b.test"]}',
      'admitted',
    ],
    ['an IP as host', '{port: {number: 80, protocol: HTTP, name: p}, hosts: [10.0.0.1]}', 'admitted'],
    [
      'a short name',
      '{port: {number: 80, protocol: HTTP, name: p}, hosts: [a]}',
      'short names (non FQDN) are not allowed',
    ],
    [
      'an unknown namespace sign',
      '{port: {number: 80, protocol: HTTP, name: p}, hosts: ["~/a.test"]}',
      'invalid namespace value "~" in gateway',
    ],
    [
      'a name twice',
      '{port: {number: 80, protocol: HTTP, name: p}, hosts: ["*"]}, {port: {number: 81, protocol: HTTP, name: p}, hosts: ["*"]}',
      'port names in servers must be unique: duplicate name p',
    ],
    [
      'a port without a name',
      '{port: {number: 80, protocol: HTTP}, hosts: ["*"]}',
      'port name must be set: number:80 protocol:"HTTP"',
    ],
  ])('with %s', (_, servers, said) => expect(verdict(servers)).toBe(said))

  it('has a name without dots', () => {
    const one = '{port: {number: 80, protocol: HTTP, name: p}, hosts: ["*"]}'
    expect(verdict(one, '{name: a.b, namespace: app}')).toBe('invalid gateway name: "a.b"')
  })
})

describe('a server', () => {
  it.each([
    ['a port of 0', 'number: 0, protocol: HTTP', '', 'port number 0 must be in the range 1..65535'],
    ['a target port', 'number: 80, protocol: HTTP, targetPort: 1', '', 'targetPort has no impact on Gateways'],
    ['a bind address', 'number: 80, protocol: HTTP', 'bind: 10.0.0.1', 'admitted'],
    ['a bad bind address', 'number: 80, protocol: HTTP', 'bind: 10.0.0', '10.0.0 is not a valid IP'],
    ['a socket', 'protocol: HTTP', 'bind: "unix:///var/a.sock"', 'admitted'],
    ['a socket that is a folder', 'protocol: HTTP', 'bind: "unix:///var/"', '/var/ is not an absolute path to a file'],
    [
      'a socket and a port',
      'number: 80, protocol: HTTP',
      'bind: "unix://@a"',
      'port number must be 0 for unix domain socket: number:80 protocol:"HTTP" name:"p"',
    ],
    ['TLS that redirects', 'number: 80, protocol: HTTP', 'tls: {httpsRedirect: true}', 'admitted'],
    [
      'TLS that terminates on an HTTP port',
      'number: 80, protocol: HTTP',
      'tls: {mode: SIMPLE, credentialName: s}',
      'server cannot have TLS settings for plain text HTTP ports',
    ],
    [
      'TLS on a database port',
      'number: 80, protocol: MONGO',
      'tls: {mode: SIMPLE, credentialName: s}',
      'server cannot have TLS settings for non HTTPS/TLS ports',
    ],
  ])('with %s', (_, port, fields, said) => expect(server(port, fields)).toBe(said))
})

describe('TLS settings of a server', () => {
  it.each([
    ['a credential', 'mode: SIMPLE, credentialName: s', 'admitted'],
    ['files', 'mode: SIMPLE, serverCertificate: /c, privateKey: /k', 'admitted'],
    [
      'no certificate at all',
      'mode: SIMPLE',
      '2 errors occurred:\n\t* SIMPLE TLS requires a server certificate\n\t* SIMPLE TLS requires a private key\n\n',
    ],
    [
      'no client authority',
      'mode: MUTUAL, serverCertificate: /c, privateKey: /k',
      'MUTUAL TLS requires a client CA bundle',
    ],
    [
      'two sources',
      'mode: SIMPLE, credentialName: s, serverCertificate: /c, privateKey: /k',
      'only one of credential_name, credential_names, server_certificate/private_key, tls_certificates should be specified',
    ],
    [
      'certificates in the mode of the mesh',
      'mode: ISTIO_MUTUAL, credentialName: s',
      'ISTIO_MUTUAL TLS cannot have associated credentialName',
    ],
    [
      'revocations in simple mode',
      'mode: SIMPLE, serverCertificate: /c, privateKey: /k, caCrl: /r',
      'CRL is not supported with SIMPLE TLS',
    ],
    [
      'one of several without a key',
      'mode: SIMPLE, tlsCertificates: [{serverCertificate: /c, privateKey: /k}, {serverCertificate: /c}]',
      'SIMPLE TLS requires a private key',
    ],
  ])('with %s', (_, fields, said) => expect(tls(fields)).toBe(said))
})

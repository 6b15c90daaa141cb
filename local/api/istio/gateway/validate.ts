// The rules of a Gateway as Istio's webhook has them (pkg/config/validation of Istio 1.29).
import { ipAddressFlaws, unixPrefix, unixSocketFlaws } from '../fields/address.ts'
import { scopedHostFlaws } from '../fields/host-name.ts'
import { isDnsLabel } from '../fields/label.ts'
import { portFlaws, protocolOf } from '../fields/port.ts'
import { serverTlsFindings } from '../fields/server-tls.ts'
import { eachItem, type Finding, flaw, flawIf, isError, quoted, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'
import type { GatewaySpec, Port, Server } from './types.ts'

export function gatewayFindings({ spec, name }: Subject<Partial<GatewaySpec>>): Finding[] {
  const servers: Partial<Server>[] = spec.servers ?? []
  return [
    ...flawIf(!isDnsLabel(name), 'metadata.name', `invalid gateway name: ${quoted(name)}`),
    ...flawIf(servers.length === 0, 'spec.servers', 'gateway must have at least one server'),
    ...eachItem(servers, 'spec.servers', serverFindings),
    ...portNameFindings(servers),
  ]
}

/** A port's name is its server's. */
function portNameFindings(servers: readonly Partial<Server>[]): Finding[] {
  const names = servers.map(({ port }) => port && (port.name ?? ''))
  return servers.flatMap(({ port, tls }, index) => {
    if (!port) return []
    const at = `spec.servers[${index}]`
    const duplicate = names.indexOf(names[index]) < index
    const redirects = tls?.httpsRedirect && !protocolOf(port.protocol)?.http
    return [
      ...flawIf(duplicate, `${at}.port.name`, `port names in servers must be unique: duplicate name ${names[index]}`),
      ...(redirects ? [warning(`${at}.tls`, 'tls.httpsRedirect should only be used with http servers')] : []),
    ]
  })
}

function serverFindings({ port, bind = '', hosts, tls }: Partial<Server>, path: string): Finding[] {
  const portFindings = serverPortFlaws(port, bind, `${path}.port`)
  return [
    ...flawIf(!hosts?.length, `${path}.hosts`, 'server config must contain at least one host'),
    ...eachItem(hosts, `${path}.hosts`, (host, at) => scopedHostFlaws(host, 'gateway', at)),
    ...portFindings,
    ...bindFlaws(port, bind, path),
    ...serverTlsFindings(tls, `${path}.tls`),
    ...(portFindings.some(isError) ? [] : presenceFlaws(port, tls, `${path}.tls`)),
  ]
}

function serverPortFlaws(port: Partial<Port> | undefined, bind: string, path: string): Finding[] {
  if (!port) return [flaw(path, 'port is required')]
  const { number = 0, protocol = '', name, targetPort = 0 } = port
  const known = 'HTTP, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, MYSQL, TCP'
  const unknown = `invalid protocol ${quoted(protocol)}, supported protocols are ${known}`
  return [
    ...flawIf(!protocolOf(protocol), `${path}.protocol`, unknown),
    ...(number > 0 || !bind.startsWith(unixPrefix) ? portFlaws(number, `${path}.number`) : []),
    ...flawIf(targetPort > 0, `${path}.targetPort`, 'targetPort has no impact on Gateways'),
    ...flawIf(!name, `${path}.name`, `port name must be set: ${portText(port)}`),
  ]
}

function bindFlaws(port: Partial<Port> | undefined, bind: string, path: string): Finding[] {
  const at = `${path}.bind`
  if (!bind.startsWith(unixPrefix)) return bind === '' ? [] : ipAddressFlaws(bind, at)
  const numbered = port !== undefined && (port.number ?? 0) !== 0
  return [
    ...unixSocketFlaws(bind, at),
    ...flawIf(numbered, `${path}.port.number`, `port number must be 0 for unix domain socket: ${portText(port ?? {})}`),
  ]
}

/** TLS ports need settings; others take none, but an HTTP port may redirect to https. */
function presenceFlaws(port: Partial<Port> | undefined, tls: Server['tls'], path: string): Finding[] {
  const protocol = protocolOf(port?.protocol)
  if (protocol?.tls) return flawIf(!tls, path, 'server must have TLS settings for HTTPS/TLS protocols')
  if (!tls) return []
  if (!protocol?.http) return [flaw(path, 'server cannot have TLS settings for non HTTPS/TLS ports')]
  const { mode = 'PASSTHROUGH', caCertificates, privateKey, serverCertificate } = tls
  const passes = mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH'
  return flawIf(
    !passes || !!(caCertificates || privateKey || serverCertificate),
    path,
    'server cannot have TLS settings for plain text HTTP ports',
  )
}

/** A port as Go prints the message. */
function portText({ number, protocol, name, targetPort }: Partial<Port>): string {
  const fields = [
    number && `number:${number}`,
    protocol && `protocol:${quoted(protocol)}`,
    name && `name:${quoted(name)}`,
    targetPort && `target_port:${targetPort}`,
  ]
  return fields.filter(Boolean).join(' ')
}

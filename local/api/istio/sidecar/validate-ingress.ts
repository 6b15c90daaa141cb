// The listeners a Sidecar opens for callers.
import { connectionPoolFlaws } from '../destination-rule/validate-connection-pool.ts'
import { ipAddressFlaws, unixPrefix, unixSocketFlaws } from '../fields/address.ts'
import { portNameFlaws } from '../fields/label.ts'
import { portFlaws, protocolFlaws, protocolOf } from '../fields/port.ts'
import { serverTlsFindings } from '../fields/server-tls.ts'
import type { ServerTlsSettings } from '../fields/tls-types.ts'
import { type Finding, flaw, flawIf, quoted, warning } from '../finding.ts'
import type { IstioIngressListener, SidecarPort } from './types.ts'

type Listener = Partial<IstioIngressListener>

export function ingressFindings(listeners: readonly Listener[]): Finding[] {
  const numbers = listeners.map(({ port }) => port && (port.number ?? 0))
  return listeners.flatMap((listener, index) => {
    const path = `spec.ingress[${index}]`
    if (!listener.port) return [flaw(`${path}.port`, 'sidecar: port is required for ingress listeners')]
    const duplicate = numbers.indexOf(numbers[index]) < index
    return listenerFindings(listener, listener.port, duplicate, path)
  })
}

function listenerFindings(listener: Listener, port: SidecarPort, duplicate: boolean, path: string): Finding[] {
  const { bind, defaultEndpoint, tls, connectionPool } = listener
  return [
    ...flawIf(!!port.targetPort, `${path}.port.targetPort`, 'targetPort has no impact on Sidecars'),
    ...(port.name ? portNameFlaws(port.name, `${path}.port.name`) : []),
    ...protocolFlaws(port.protocol, `${path}.port.protocol`),
    ...portFlaws(port.number, `${path}.port.number`),
    ...(bind ? ipAddressFlaws(bind, `${path}.bind`) : []),
    ...flawIf(duplicate, `${path}.port.number`, 'sidecar: ports on IP bound listeners must be unique'),
    ...(defaultEndpoint ? endpointFlaws(defaultEndpoint, `${path}.defaultEndpoint`) : []),
    ...(tls ? tlsFindings(tls, port, `${path}.tls`) : []),
    ...connectionPoolFlaws(connectionPool, `${path}.connectionPool`),
    ...(connectionPool?.http && !protocolOf(port.protocol)?.http ? [ignoredPool(port, path)] : []),
  ]
}

function ignoredPool({ number = 0, name = '', protocol = '' }: SidecarPort, path: string): Finding {
  const port = `port ${number} (${quoted(name)}) but its protocol is not HTTP (${protocol})`
  const sentence = `sidecar: HTTP connection pool settings are configured for ${port}; only TCP settings will apply`
  return warning(`${path}.connectionPool.http`, sentence)
}

const localAddresses = ['', '127.0.0.1', '0.0.0.0', '::1', '::']

/** `127.0.0.1:port`, `[::1]:port`, `:port`, or a Unix socket. */
function endpointFlaws(endpoint: string, path: string): Finding[] {
  if (endpoint.startsWith(unixPrefix)) return unixSocketFlaws(endpoint, path)
  const { host, port, wrong } = splitHostPort(endpoint)
  const form = '127.0.0.1:<port>,0.0.0.0:<port>,[::1]:port,[::]:port,unix://filepath or unset'
  const notANumber = `sidecar: defaultEndpoint port (${port}) is not a number: strconv.Atoi: parsing ${quoted(port)}`
  return [
    ...(wrong ? [flaw(path, wrong)] : []),
    ...flawIf(!localAddresses.includes(host), path, `sidecar: defaultEndpoint must be of form ${form}`),
    ...(/^[-+]?\d+$/.test(port) ? portFlaws(Number(port), path) : [flaw(path, `${notANumber}: invalid syntax`)]),
  ]
}

/** As Go's net.SplitHostPort: a flaw leaves both parts empty. */
function splitHostPort(address: string): { host: string; port: string; wrong?: string } {
  const refused = (why: string) => ({ host: '', port: '', wrong: `address ${address}: ${why}` })
  const colon = address.lastIndexOf(':')
  if (colon < 0) return refused('missing port in address')
  const host = address.slice(0, colon)
  const port = address.slice(colon + 1)
  if (host.startsWith('[')) {
    const end = host.indexOf(']')
    if (end < 0) return refused("missing ']' in address")
    return end === host.length - 1 ? { host: host.slice(1, -1), port } : refused('missing port in address')
  }
  return host.includes(':') ? refused('too many colons in address') : { host, port }
}

function tlsFindings(tls: ServerTlsSettings, port: SidecarPort, path: string): Finding[] {
  const { mode } = tls
  const forbidden: [unknown, string][] = [
    [tls.subjectAltNames?.length, 'subjectAltNames is not supported in ingress tls'],
    [tls.httpsRedirect, 'httpsRedirect is not supported'],
    [tls.credentialName, 'credentialName is not currently supported'],
    [tls.credentialNames?.length, 'credentialNames is not currently supported'],
    [tls.tlsCertificates?.length, 'tls_certificates is not currently supported'],
  ]
  return [
    ...forbidden.flatMap(([set, sentence]) => (set ? [flaw(path, `sidecar: ${sentence}`)] : [])),
    ...flawIf(
      mode === 'ISTIO_MUTUAL' || mode === 'AUTO_PASSTHROUGH',
      `${path}.mode`,
      `configuration is invalid: cannot set mode to ${mode} in sidecar ingress tls`,
    ),
    ...flawIf(!protocolOf(port.protocol)?.tls, path, 'server cannot have TLS settings for non HTTPS/TLS ports'),
    ...serverTlsFindings(tls, path),
  ]
}

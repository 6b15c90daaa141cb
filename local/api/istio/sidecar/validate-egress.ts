// The listeners a Sidecar opens for its workload's own calls, and the hosts they reach.
import { ipAddressFlaws, unixPrefix, unixSocketFlaws } from '../fields/address.ts'
import { scopedHostFlaws } from '../fields/host-name.ts'
import { portNameFlaws } from '../fields/label.ts'
import { portFlaws, protocolFlaws } from '../fields/port.ts'
import { eachItem, type Finding, flaw, flawIf, warning } from '../finding.ts'
import type { IstioEgressListener, SidecarPort } from './types.ts'

type Listener = Partial<IstioEgressListener>

/** One listener may be without a port, the last one: it stands for all other ports. */
export function egressFindings(listeners: readonly Listener[], namespace: string): Finding[] {
  const addresses = listeners.map(addressOf)
  return listeners.flatMap((listener, index) => {
    const path = `spec.egress[${index}]`
    const notLast = !listener.port && index < listeners.length - 1
    const repeated = addresses.indexOf(addresses[index]) < index
    return [
      ...flawIf(
        notLast,
        `${path}.port`,
        'sidecar: the egress listener with empty port should be the last listener in the list',
      ),
      ...(listener.port ? addressFlaws(listener, listener.port, repeated, path) : []),
      ...hostFindings(listener.hosts, namespace, `${path}.hosts`),
    ]
  })
}

/** What has to be unique: the socket of port 0, the number of any other. */
const addressOf = ({ port, bind = '' }: Listener): string | number | undefined => port && (port.number || bind)

function addressFlaws(listener: Listener, port: SidecarPort, repeated: boolean, path: string): Finding[] {
  const { bind = '', captureMode } = listener
  const subject = port.number ? 'ports on IP bound' : 'unix domain socket values for'
  return [
    ...flawIf(!!port.targetPort, `${path}.port.targetPort`, 'targetPort has no impact on Sidecars'),
    ...(port.name ? portNameFlaws(port.name, `${path}.port.name`) : []),
    ...protocolFlaws(port.protocol, `${path}.port.protocol`),
    ...(port.number
      ? [...portFlaws(port.number, `${path}.port.number`), ...(bind ? ipAddressFlaws(bind, `${path}.bind`) : [])]
      : socketFlaws(bind, captureMode, path)),
    ...flawIf(repeated, `${path}.port`, `sidecar: ${subject} listeners must be unique`),
  ]
}

function socketFlaws(bind: string, captureMode: Listener['captureMode'], path: string): Finding[] {
  return [
    ...(bind.startsWith(unixPrefix)
      ? unixSocketFlaws(bind, `${path}.bind`)
      : [flaw(`${path}.bind`, 'sidecar: ports with 0 value must have a unix domain socket bind address')]),
    ...flawIf(
      captureMode === 'IPTABLES',
      `${path}.captureMode`,
      'sidecar: captureMode must be DEFAULT/NONE for unix domain socket listeners',
    ),
  ]
}

function hostFindings(hosts: readonly string[] | undefined, namespace: string, path: string): Finding[] {
  if (!hosts?.length) return [flaw(path, 'sidecar: egress listener must contain at least one host')]
  const scoped = hosts.map(host => scopeOf(host, namespace))
  const namespaces = new Set(scoped.flatMap(one => (one ? [one.namespace] : [])))
  const all = scoped.some(one => one?.namespace === '*' && one.name === '*')
  return [
    ...eachItem(hosts, path, (host, at, index) => [
      ...(isRepeated(scoped, index) ? [warning(at, `duplicated egress host: ${host}`)] : []),
      ...scopedHostFlaws(host, 'sidecar', at),
    ]),
    ...(all && namespaces.size > 1
      ? [warning(path, '`*/*` host select all resources, no other hosts can be added')]
      : []),
  ]
}

interface Scope {
  namespace: string
  name: string
}

function scopeOf(host: string, own: string): Scope | undefined {
  const slash = host.indexOf('/')
  if (slash < 0) return undefined
  const namespace = host.slice(0, slash)
  return { namespace: namespace === '.' ? own : namespace, name: host.slice(slash + 1) }
}

/** Named before, or covered by `*` of the same namespace, or a `*` that covers what was named before. */
function isRepeated(scopes: readonly (Scope | undefined)[], index: number): boolean {
  const scope = scopes[index]
  if (!scope) return false
  const earlier = scopes.slice(0, index).filter(one => one?.namespace === scope.namespace)
  return scope.name === '*' ? earlier.length > 0 : earlier.some(one => one?.name === scope.name || one?.name === '*')
}

// What a service's port speaks, as Istio reads appProtocol, the port's name or a ServiceEntry's protocol.
import type { MeshServicePort } from '../service-registry.ts'

type Protocol = MeshServicePort['protocol']

/** Names Istio knows, without regard to case; `grpc-web` is told apart before the name is cut at its hyphen. */
const byName: Readonly<Record<string, Protocol>> = {
  http: 'HTTP',
  http2: 'HTTP2',
  http_proxy: 'HTTP',
  grpc: 'GRPC',
  'grpc-web': 'GRPC',
  https: 'HTTPS',
  tls: 'TLS',
  tcp: 'TCP',
  mongo: 'TCP',
  redis: 'TCP',
  mysql: 'TCP',
}

/** Kubernetes' own names, in appProtocol alone. */
const byAppProtocol: Readonly<Record<string, Protocol>> = {
  'kubernetes.io/h2c': 'HTTP2',
  'kubernetes.io/ws': 'HTTP',
  'kubernetes.io/wss': 'HTTPS',
}

/** SMTP, DNS, MySQL and MongoDB: servers that speak first, so nothing is detected there. */
const speakFirst: ReadonlySet<number> = new Set([25, 53, 3306, 27017])

interface NamedPort {
  port: number
  name?: string
  appProtocol?: string
}

/** Of a Kubernetes Service's port: appProtocol, else the name up to its first hyphen, else detected from the bytes. */
export function servicePortProtocol({ port, name = '', appProtocol }: NamedPort): Protocol {
  const standard = appProtocol === undefined ? undefined : byAppProtocol[appProtocol]
  if (standard) return standard
  const named = (appProtocol ?? name).toLowerCase()
  const prefix = named.startsWith('grpc-web') ? 'grpc-web' : named.replace(/-.*$/s, '')
  return byName[prefix] ?? (speakFirst.has(port) ? 'TCP' : 'AUTO')
}

/** Of a ServiceEntry's port, where only whole names count. */
export function serviceEntryProtocol(protocol: string | undefined): Protocol {
  return byName[(protocol ?? '').toLowerCase()] ?? 'AUTO'
}

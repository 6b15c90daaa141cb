// Port numbers and the protocols ports speak (pkg/config/protocol of Istio).
import { type Finding, flaw } from '../finding.ts'

export const portFlaw = (port: number): string | undefined =>
  port >= 1 && port <= 65_535 ? undefined : `port number ${port} must be in the range 1..65535`

/** A port left out counts as 0. */
export function portFlaws(port: number | undefined, path: string): Finding[] {
  const sentence = portFlaw(port ?? 0)
  return sentence ? [flaw(path, sentence)] : []
}

export interface Protocol {
  http: boolean
  tls: boolean
  /** Carried as bytes: TCP, TLS and the databases. */
  tcp: boolean
}

const http = { http: true, tls: false, tcp: false }
const tcp = { http: false, tls: false, tcp: true }
const tls = { http: false, tls: true, tcp: true }
const neither = { http: false, tls: false, tcp: false }

const protocols: Record<string, Protocol> = {
  http,
  http2: http,
  http_proxy: http,
  grpc: http,
  'grpc-web': http,
  https: tls,
  tls,
  tcp,
  mongo: tcp,
  redis: tcp,
  mysql: tcp,
  udp: neither,
}

/** By name in any case; undefined for one Istio does not know. */
export function protocolOf(name: string | undefined): Protocol | undefined {
  const key = (name ?? '').toLowerCase()
  return Object.hasOwn(protocols, key) ? protocols[key] : undefined
}

/** An empty name is found out by the proxy. */
export const protocolFlaws = (name: string | undefined, path: string): Finding[] =>
  !name || protocolOf(name) ? [] : [flaw(path, `unsupported protocol: ${name}`)]

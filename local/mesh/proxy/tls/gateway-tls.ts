// Which TLS server of a gateway's port answers a client, by the name it asks for, and how.
import type { SecureVersion, TlsOptions } from 'node:tls'
import type { DownstreamTls, FilterChain } from '../../table/mesh-table.ts'
import type { TlsCredential } from './credential.ts'

/** An exact name first, then the longest wildcard, then `*`; undefined: the connection is closed, as Envoy does. */
export function chainFor(chains: readonly FilterChain[], serverName: string | undefined): FilterChain | undefined {
  const name = serverName ?? ''
  let best: FilterChain | undefined
  let bestLength = -1
  for (const chain of chains) {
    for (const pattern of chain.serverNames) {
      const length = matchLength(pattern.toLowerCase(), name)
      if (length > bestLength) {
        best = chain
        bestLength = length
      }
    }
  }
  return best
}

/** How much of the name a pattern fixes; −1 when it does not match. */
function matchLength(pattern: string, name: string): number {
  if (pattern === '*') return 0
  if (pattern.startsWith('*.')) return name.endsWith(pattern.slice(1)) ? pattern.length - 1 : -1
  return pattern === name ? Number.MAX_SAFE_INTEGER : -1
}

/** How a server shakes hands. Throws where mutual TLS has nothing to know clients by. */
export function handshakeOptions(
  { mode, minProtocolVersion, maxProtocolVersion, cipherSuites }: DownstreamTls,
  { certificate, privateKey, clientCa }: TlsCredential,
): TlsOptions {
  const requestCert = mode !== 'SIMPLE'
  if (requestCert && clientCa === undefined) throw new Error('it has no ca.crt to know clients by')
  return {
    cert: certificate,
    key: privateKey,
    requestCert,
    rejectUnauthorized: requestCert && mode !== 'OPTIONAL_MUTUAL',
    ALPNProtocols: ['h2', 'http/1.1'],
    minVersion: versionOf(minProtocolVersion) ?? 'TLSv1.2',
    ...(clientCa !== undefined && { ca: clientCa }),
    ...maxVersion(maxProtocolVersion),
    ...(cipherSuites.length > 0 && { ciphers: cipherSuites.join(':') }),
  }
}

function maxVersion(version: string | undefined): { maxVersion?: SecureVersion } {
  const found = versionOf(version)
  return found ? { maxVersion: found } : {}
}

const versions: Record<string, SecureVersion> = {
  TLSV1_0: 'TLSv1',
  TLSV1_1: 'TLSv1.1',
  TLSV1_2: 'TLSv1.2',
  TLSV1_3: 'TLSv1.3',
}

/** Undefined for `TLS_AUTO`. */
function versionOf(version: string | undefined): SecureVersion | undefined {
  return version === undefined ? undefined : versions[version]
}

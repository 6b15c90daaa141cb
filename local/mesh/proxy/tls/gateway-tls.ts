// How a TLS server of a gateway's port shakes hands.
import type { SecureVersion, TlsOptions } from 'node:tls'
import type { DownstreamTls } from '../../table/mesh-table.ts'
import type { TlsCredential } from './credential.ts'

const spoken = ['h2', 'http/1.1']

/** How a server shakes hands with a client that offers those protocols (ALPN). Throws where mutual TLS has nothing to know clients by. */
export function handshakeOptions(
  { mode, minProtocolVersion, maxProtocolVersion, cipherSuites }: DownstreamTls,
  { certificate, privateKey, clientCa }: TlsCredential,
  offered: readonly string[],
): TlsOptions {
  const requestCert = mode !== 'SIMPLE'
  if (requestCert && clientCa === undefined) throw new Error('it has no ca.crt to know clients by')
  return {
    cert: certificate,
    key: privateKey,
    requestCert,
    rejectUnauthorized: requestCert && mode !== 'OPTIONAL_MUTUAL',
    // OpenSSL turns away whoever offers others alone, BoringSSL does without.
    ...(offered.some(one => spoken.includes(one)) && { ALPNProtocols: spoken }),
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

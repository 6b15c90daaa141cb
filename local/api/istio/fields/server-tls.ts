// TLS settings of servers: where certificates come from, by mode.
import { type Finding, flaw, flawIf, warning } from '../finding.ts'
import type { ServerTlsSettings, TlsCertificate } from './tls-types.ts'

export function serverTlsFindings(tls: ServerTlsSettings | undefined, path: string): Finding[] {
  if (!tls) return []
  const ciphers = cipherWarnings(tls, path)
  if (tls.mode === 'ISTIO_MUTUAL') return [...ciphers, ...istioMutualFlaws(tls, path)]
  const { mode = 'PASSTHROUGH', credentialName, credentialNames } = tls
  const common = [...ciphers, ...passthroughWarnings(tls, path), ...sourceFlaws(tls, path)]
  const terminates = mode === 'SIMPLE' || mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL'
  if (terminates && (credentialName || credentialNames?.length)) return common
  return [...common, ...(terminates ? certificateFindings(tls, path) : []), ...revocationFlaws(tls, path)]
}

/** The mesh's own certificates are used: none may be named. */
function istioMutualFlaws(tls: ServerTlsSettings, path: string): Finding[] {
  const forbidden: [unknown, string][] = [
    [tls.serverCertificate, 'server certificate'],
    [tls.privateKey, 'private key'],
    [tls.caCertificates, 'CA bundle'],
    [tls.tlsCertificates?.length, 'tlsCertificates'],
    [tls.credentialName, 'credentialName'],
    [tls.credentialNames?.length, 'credentialNames'],
  ]
  return forbidden.flatMap(([set, what]) =>
    set ? [flaw(path, `ISTIO_MUTUAL TLS cannot have associated ${what}`)] : [],
  )
}

function passthroughWarnings(tls: ServerTlsSettings, path: string): Finding[] {
  const { mode = 'PASSTHROUGH' } = tls
  if (mode !== 'PASSTHROUGH' && mode !== 'AUTO_PASSTHROUGH') return []
  const named =
    tls.caCrl ||
    tls.serverCertificate ||
    tls.privateKey ||
    tls.caCertificates ||
    tls.tlsCertificates?.length ||
    tls.credentialName ||
    tls.credentialNames?.length
  return named ? [warning(path, `${mode} mode does not use certificates, they will be ignored`)] : []
}

function sourceFlaws(tls: ServerTlsSettings, path: string): Finding[] {
  const sources = [
    tls.serverCertificate && tls.privateKey,
    tls.credentialName,
    tls.credentialNames?.length,
    tls.tlsCertificates?.length,
  ].filter(Boolean)
  const choice = 'credential_name, credential_names, server_certificate/private_key, tls_certificates'
  return flawIf(sources.length > 1, path, `only one of ${choice} should be specified`)
}

function certificateFindings(tls: ServerTlsSettings, path: string): Finding[] {
  const mutual = tls.mode !== 'SIMPLE'
  const subject = mutual ? 'MUTUAL TLS' : 'SIMPLE TLS'
  const several = tls.tlsCertificates ?? []
  const certificates: TlsCertificate[] = several.length > 0 ? several : [tls]
  return [
    ...flawIf(mutual && !tls.caCertificates, path, `${subject} requires a client CA bundle`),
    ...(several.length > 2 ? [warning(path, `${subject} can support up to 2 server certificates`)] : []),
    ...certificates.flatMap(certificate => [
      ...flawIf(!certificate.serverCertificate, path, `${subject} requires a server certificate`),
      ...flawIf(!certificate.privateKey, path, `${subject} requires a private key`),
    ]),
  ]
}

function revocationFlaws({ caCrl, credentialName, mode }: ServerTlsSettings, path: string): Finding[] {
  if (!caCrl) return []
  const inCredential = 'CRL is not supported with credentialName. CRL has to be specified in the credential'
  return [
    ...flawIf(!!credentialName, `${path}.caCrl`, inCredential),
    ...flawIf(mode === 'SIMPLE', `${path}.caCrl`, 'CRL is not supported with SIMPLE TLS'),
  ]
}

/** What Envoy's TLS library knows under the names of OpenSSL. */
const knownCiphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA',
  'AES256-SHA',
  'DES-CBC3-SHA',
]

/** `-NAME` and the like are expressions, which nobody looks into. */
const isCipher = (name: string): boolean =>
  name === '' || name === 'ALL' || !/^[\p{L}\p{N}]/u.test(name) || knownCiphers.includes(name)

function cipherWarnings({ minProtocolVersion, cipherSuites = [] }: ServerTlsSettings, path: string): Finding[] {
  const sorted = (names: readonly string[]) => [...new Set(names)].sort()
  const invalid = sorted(cipherSuites.filter(name => !isCipher(name)))
  const valid = cipherSuites.filter(isCipher)
  const duplicate = sorted(valid.filter((name, index) => valid.indexOf(name) < index))
  const old = minProtocolVersion === 'TLSV1_0' || minProtocolVersion === 'TLSV1_1'
  const needed = 'require setting compatible ciphers as by default they no longer include compatible ciphers.'
  const at = `${path}.cipherSuites`
  return [
    ...(old && cipherSuites.length === 0 ? [warning(path, `TLS version below TLSV1_2 ${needed}`)] : []),
    ...(invalid.length > 0 ? [warning(at, `ignoring invalid cipher suites: [${invalid.join(' ')}]`)] : []),
    ...(duplicate.length > 0 ? [warning(at, `ignoring duplicate cipher suites: [${duplicate.join(' ')}]`)] : []),
  ]
}

// How a hop shakes hands with an endpoint: trafficPolicy.tls of a DestinationRule.
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { UpstreamTls } from '../../table/cluster.ts'

/**
 * As in Istio, a server's certificate is only checked where a CA is given, or the machine's own are asked for by nothing but
 * `subjectAltNames`; `insecureSkipVerify` switches all of it off.
 */
export function clientOptions(tls: UpstreamTls): ConnectionOptions {
  const { sni, caCertificates, clientCertificate, privateKey, subjectAltNames, insecureSkipVerify } = tls
  return {
    rejectUnauthorized: caCertificates !== undefined && !insecureSkipVerify,
    ...(sni !== undefined && { servername: sni }),
    ...(caCertificates !== undefined && { ca: caCertificates }),
    ...(clientCertificate !== undefined && { cert: clientCertificate }),
    ...(privateKey !== undefined && { key: privateKey }),
    checkServerIdentity: (_host, certificate) => wrongName(subjectAltNames, certificate),
  }
}

/** Without names any certificate of the CA will do. */
function wrongName(names: readonly string[], certificate: PeerCertificate): Error | undefined {
  if (names.length === 0) return undefined
  const errors = names.map(name => identityError(name, certificate))
  return errors.every(error => error !== undefined) ? errors[0] : undefined
}

function identityError(name: string, certificate: PeerCertificate): Error | undefined {
  if (certificate.subjectaltname?.split(', ').includes(`URI:${name}`)) return undefined
  return checkServerIdentity(name, certificate)
}

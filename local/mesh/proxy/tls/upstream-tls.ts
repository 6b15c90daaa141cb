// How a hop shakes hands with an endpoint: trafficPolicy.tls of a DestinationRule.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { UpstreamTls } from '../../table/cluster.ts'
import type { ClientCredential } from './credential.ts'

/** Gives the contents of a Secret, by `credentialName`. */
export type ReadSecret = (credentialName: string) => ClientCredential | undefined

/** What one connection needs. Equal ids shake hands alike, so that their connections are interchangeable. */
export interface ClientHandshake {
  readonly id: string
  /** Read anew for each connection: certificates are replaced while the runtime goes on. Throws `MissingSecret`. */
  options(): ConnectionOptions
}

/** A file or Secret that a DestinationRule names is not there, or holds nothing of use. */
export class MissingSecret extends Error {}

/** The server's certificate is good, and not for the names that are asked for; `check` as Envoy calls it. */
export class WrongName extends Error {
  readonly check: 'SAN matcher' | 'verify SAN list'

  constructor(message: string, check: WrongName['check']) {
    super(message)
    this.check = check
  }
}

const ids = new WeakMap<UpstreamTls, number>()
let lastId = 0

/** `host`: the request's, its port left out; it is the name asked for where the rule names none. */
export function clientHandshake(tls: UpstreamTls, host: string, secret: ReadSecret): ClientHandshake {
  const id = ids.get(tls) ?? ++lastId
  ids.set(tls, id)
  return { id: tls.sni === undefined ? `${id} ${host}` : String(id), options: () => clientOptions(tls, host, secret) }
}

/**
 * Without a CA the machine's own are trusted. The certificate has to be for one of `subjectAltNames`; without them for the
 * request's host, unless the rule says another SNI (istio pilot/pkg/networking/core/cluster_tls.go).
 */
function clientOptions(tls: UpstreamTls, host: string, secret: ReadSecret): ConnectionOptions {
  const { certificate, privateKey, ca } = credentialOf(tls, secret)
  const name = tls.sni ?? host
  const expected = tls.subjectAltNames.length === 0 && tls.sni === undefined ? [host] : tls.subjectAltNames
  const check = tls.subjectAltNames.length > 0 ? 'SAN matcher' : 'verify SAN list'
  return {
    // Addresses are no server names (RFC 6066 section 3).
    servername: isIP(name) ? '' : name,
    rejectUnauthorized: !tls.insecureSkipVerify,
    checkServerIdentity: (_host, shown) => wrongName(expected, check, shown),
    minVersion: 'TLSv1.2',
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(privateKey !== undefined && { key: privateKey }),
  }
}

function credentialOf(tls: UpstreamTls, secret: ReadSecret): ClientCredential {
  const { mode, credentialName, caCertificates, clientCertificate, privateKey } = tls
  const found: ClientCredential | undefined =
    credentialName === undefined
      ? {
          ...(clientCertificate !== undefined && { certificate: fileText(clientCertificate) }),
          ...(privateKey !== undefined && { privateKey: fileText(privateKey) }),
          ca: caCertificates === undefined || caCertificates === 'system' ? undefined : fileText(caCertificates),
        }
      : secret(credentialName)
  if (!found) throw new MissingSecret(`there is no Secret ${credentialName}`)
  if (mode === 'MUTUAL' && !(found.certificate && found.privateKey)) {
    throw new MissingSecret('mode MUTUAL has no certificate and key to show')
  }
  return mode === 'MUTUAL' ? found : { ca: found.ca }
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new MissingSecret(`${path} cannot be read`, { cause: error })
  }
}

/** Without names any certificate of the CA will do. */
function wrongName(names: readonly string[], check: WrongName['check'], shown: PeerCertificate): Error | undefined {
  if (names.length === 0 || names.some(name => isFor(name, shown))) return undefined
  return new WrongName(`not for ${names.join(', ')}`, check)
}

function isFor(name: string, shown: PeerCertificate): boolean {
  if (shown.subjectaltname?.split(', ').includes(`URI:${name}`)) return true
  return checkServerIdentity(name, shown) === undefined
}

// Certificates of the gateway: from Secrets of its namespace, and made by the runtime for the development listener.
import type { Secret } from './api/core/types.ts'
import type { Clock } from './kernel/clock.ts'
import type { ObjectStore } from './kernel/object-store.ts'
import { CertificateAuthority } from './mesh/proxy/tls/certificate-authority.ts'
import type { Credentials, TlsCredential } from './mesh/proxy/tls/credential.ts'

const gatewayNamespace = 'istio-system'

/** `development` is the authority's own certificate, for whoever wants to trust it. */
export function gatewayCertificates(store: ObjectStore, clock: Clock): Credentials & { authority: () => string } {
  let authority: CertificateAuthority | undefined
  const development = () => {
    authority ??= new CertificateAuthority(clock)
    return authority
  }
  const known = new WeakMap<object, TlsCredential | undefined>()
  return {
    authority: () => development().certificate,
    development: serverName => development().issue(serverName),
    named(name) {
      const secret = store.get<Secret>({ group: '', kind: 'Secret' }, gatewayNamespace, name)
      if (!secret) return undefined
      if (!known.has(secret)) known.set(secret, credentialOf(store, secret))
      return known.get(secret)
    },
  }
}

/** Istio also takes the clients' CA from a Secret beside it, `<name>-cacert`. */
function credentialOf(store: ObjectStore, secret: Secret): TlsCredential | undefined {
  const certificate = textOf(secret, 'tls.crt', 'cert')
  const privateKey = textOf(secret, 'tls.key', 'key')
  if (!certificate || !privateKey) return undefined
  const beside = store.get<Secret>({ group: '', kind: 'Secret' }, gatewayNamespace, `${secret.metadata.name}-cacert`)
  const clientCa = textOf(secret, 'ca.crt', 'cacert') ?? (beside && textOf(beside, 'ca.crt', 'cacert'))
  return { certificate, privateKey, clientCa }
}

function textOf({ data }: Secret, ...keys: readonly string[]): string | undefined {
  const encoded = keys.map(key => data?.[key]).find(value => value !== undefined)
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString()
}

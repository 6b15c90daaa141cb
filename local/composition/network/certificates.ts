// Certificates of the gateway: from Secrets of its namespace, and issued by the runtime's own authority.
import type { Secret } from '../../api/core/types.ts'
import { type Authority, issueCertificate } from '../../kernel/certificate.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import type { ClientCredential, Credentials, TlsCredential } from '../../mesh/proxy/tls/credential.ts'

const gatewayNamespace = 'istio-system'
const gatewayIdentity = 'spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account'

/** Clients invent names: of more than these the oldest is forgotten. */
const mostIssued = 256

export interface GatewayCertificatesOptions {
  store: ObjectStore
  authority: Authority
  clock: Clock
}

export function gatewayCertificates({ store, authority, clock }: GatewayCertificatesOptions): Credentials {
  const secretOf = (namespace: string, name: string) =>
    store.get<Secret>({ group: '', kind: 'Secret' }, namespace, name)
  const remembered = new WeakMap<Secret, { beside: Secret | undefined; credential: TlsCredential | undefined }>()
  const issued = new Map<string, TlsCredential>()
  const issue = (names: readonly string[], clientCa: string | undefined): TlsCredential => {
    const { cert, key } = issueCertificate(authority, names, clock.now())
    return { certificate: cert + authority.cert, privateKey: key, clientCa }
  }
  return {
    development(serverName) {
      const host = serverName ?? 'localhost'
      const known = issued.get(host)
      if (known) return known
      const [oldest] = issued.keys()
      if (oldest !== undefined && issued.size >= mostIssued) issued.delete(oldest)
      const credential = issue(host === 'localhost' ? ['localhost', '127.0.0.1', '::1'] : [host], undefined)
      issued.set(host, credential)
      return credential
    },
    mesh() {
      const known = issued.get(gatewayIdentity)
      const credential = known ?? issue([gatewayIdentity], authority.cert)
      issued.set(gatewayIdentity, credential)
      return credential
    },
    // The same object for the same Secrets: connections of one credential share a TLS server.
    named(name) {
      const secret = secretOf(gatewayNamespace, name)
      if (!secret) return undefined
      const beside = secretOf(gatewayNamespace, `${name}-cacert`)
      const known = remembered.get(secret)
      if (known && known.beside === beside) return known.credential
      const credential = serverCredential(secret, beside)
      remembered.set(secret, { beside, credential })
      return credential
    },
    client(name, namespace = gatewayNamespace) {
      const secret = secretOf(namespace, name)
      const beside = secretOf(namespace, `${name}-cacert`)
      return secret || beside ? clientCredential(secret, beside) : undefined
    },
  }
}

function serverCredential(secret: Secret, beside: Secret | undefined): TlsCredential | undefined {
  const pair = keyPairOf(secret)
  return pair && { ...pair, clientCa: rootOf(beside ?? secret) }
}

function clientCredential(secret: Secret | undefined, beside: Secret | undefined): ClientCredential {
  const root = beside ?? secret
  return { ...(secret && keyPairOf(secret)), ca: root && rootOf(root) }
}

/** Istio's generic keys go before those of a Secret of type `kubernetes.io/tls` (istio pilot/pkg/credentials/kube). */
function keyPairOf(secret: Secret): { certificate: string; privateKey: string } | undefined {
  const pairs = [
    ['cert', 'key'],
    ['tls.crt', 'tls.key'],
  ] as const
  for (const [cert, key] of pairs) {
    const certificate = textOf(secret, cert)
    const privateKey = textOf(secret, key)
    if (certificate && privateKey) return { certificate, privateKey }
  }
  return undefined
}

/** A Secret `<name>-cacert`, where there is one, alone says whom to trust (istio pilot/pkg/credentials/kube). */
function rootOf(secret: Secret): string | undefined {
  return textOf(secret, 'cacert') || textOf(secret, 'ca.crt') || undefined
}

function textOf({ data }: Secret, key: string): string {
  return Buffer.from(data?.[key] ?? '', 'base64').toString()
}

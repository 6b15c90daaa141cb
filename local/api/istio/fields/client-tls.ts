// TLS settings of clients.
import { type Finding, flaw, flawIf, quoted } from '../finding.ts'
import type { ClientTlsSettings } from './tls-types.ts'

const configMapPrefix = 'configmap://'

/** `namespace` is the object's own. */
export function clientTlsFlaws(tls: ClientTlsSettings | undefined, namespace: string, path: string): Finding[] {
  if (!tls) return []
  const checked = [...configMapFlaws(tls.credentialName, namespace, path), ...unverifiedFlaws(tls, path)]
  const byCredential = (tls.mode === 'SIMPLE' || tls.mode === 'MUTUAL') && !!tls.credentialName
  return [...checked, ...(byCredential ? credentialFlaws(tls, path) : certificateFlaws(tls, path))]
}

function configMapFlaws(name: string | undefined, namespace: string, path: string): Finding[] {
  if (!name?.startsWith(configMapPrefix)) return []
  const [owner = '', map] = name.slice(configMapPrefix.length).split('/')
  const expected =
    map === undefined ? 'namespace and name' : owner === '' ? 'namespace' : map === '' ? 'name' : undefined
  const invalid = 'invalid configmap:// credentialName:'
  const at = `${path}.credentialName`
  if (expected) return [flaw(at, `${invalid} invalid resource name ${quoted(name)}. Expected ${expected}`)]
  const elsewhere = `${invalid} namespace must match the configuration namespace ${quoted(namespace)}`
  return flawIf(owner !== namespace, at, elsewhere)
}

/** Who skips verification names nothing to verify with. */
function unverifiedFlaws(tls: ClientTlsSettings, path: string): Finding[] {
  if (!tls.insecureSkipVerify) return []
  const names = tls.mode === 'SIMPLE' ? 'CaCertificates or CredentialName or SubjectAltNames' : undefined
  const forbidden = names ?? (tls.mode === 'MUTUAL' ? 'CaCertificates or SubjectAltNames' : undefined)
  const set = !!tls.caCertificates || !!tls.subjectAltNames?.length || (tls.mode === 'SIMPLE' && !!tls.credentialName)
  return flawIf(forbidden !== undefined && set, path, `cannot specify ${forbidden} when InsecureSkipVerify is set true`)
}

function credentialFlaws(
  { clientCertificate, caCertificates, privateKey, caCrl }: ClientTlsSettings,
  path: string,
): Finding[] {
  return flawIf(
    !!(clientCertificate || caCertificates || privateKey || caCrl),
    path,
    'cannot specify client certificates or CA certificate or CA CRL If credentialName is set',
  )
}

function certificateFlaws({ mode, clientCertificate, privateKey }: ClientTlsSettings, path: string): Finding[] {
  if (mode !== 'MUTUAL') return []
  return [
    ...flawIf(!clientCertificate, `${path}.clientCertificate`, 'client certificate required for mutual tls'),
    ...flawIf(!privateKey, `${path}.privateKey`, 'private key required for mutual tls'),
  ]
}

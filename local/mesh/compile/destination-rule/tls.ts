// `tls` of a traffic policy: what is spoken to the endpoints.
import type { ClientTlsSettings } from '../../../api/istio/types.ts'
import type { UpstreamTls } from '../../table/cluster.ts'
import type { MeshService } from '../service-registry.ts'

/**
 * ISTIO_MUTUAL is the mesh's own business and no TLS here. Without names to expect, those of the ServiceEntry are, and
 * without an SNI the host of the request is sent. A caller's proxy may not read a Secret (`credentialName`) unless the rule
 * selects its workload: it then sends plain bytes, as Istio's do; gateways read theirs.
 */
export function compileUpstreamTls(
  settings: ClientTlsSettings | undefined,
  service: MeshService,
  mayReadSecrets: boolean,
): UpstreamTls | undefined {
  const { mode, credentialName } = settings ?? {}
  if (!settings || (mode !== 'SIMPLE' && mode !== 'MUTUAL')) return undefined
  if (credentialName && !mayReadSecrets) return undefined
  const names = settings.subjectAltNames ?? []
  const files = credentialName ? {} : settings
  return {
    mode,
    sni: settings.sni || undefined,
    subjectAltNames: names.length > 0 ? names : service.subjectAltNames,
    caCertificates: files.caCertificates,
    clientCertificate: files.clientCertificate,
    privateKey: files.privateKey,
    credentialName,
    insecureSkipVerify: settings.insecureSkipVerify ?? false,
  }
}

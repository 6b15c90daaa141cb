// `tls` of a Gateway's server: the certificate it shows and what it asks of clients.
import type { ServerTlsSettings } from '../../../api/istio/types.ts'
import type { DownstreamTls } from '../../table/mesh-table.ts'
import { gatewayNamespace } from '../services/well-known.ts'

const servedModes = ['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL', 'ISTIO_MUTUAL'] as const

/** Passing bytes through by their SNI is not served. */
function servedMode({ mode }: ServerTlsSettings): (typeof servedModes)[number] | undefined {
  return servedModes.find(served => served === mode)
}

/** A text when the server cannot be served as it is written. */
export function compileTls(tls: ServerTlsSettings): DownstreamTls | string {
  const mode = servedMode(tls)
  if (!mode) {
    return `tls.mode ${tls.mode ?? 'PASSTHROUGH'} is not served here, ${servedModes.join(', ')} are`
  }
  const credentialName = credentialOf(tls)
  if (credentialName === undefined && mode !== 'ISTIO_MUTUAL') {
    return 'tls.credentialName has to name a Secret of namespace istio-system: files of a proxy are not read here'
  }
  return {
    mode,
    credentialName: credentialName ?? '',
    minProtocolVersion: versionOf(tls.minProtocolVersion),
    maxProtocolVersion: versionOf(tls.maxProtocolVersion),
    cipherSuites: tls.cipherSuites ?? [],
  }
}

/** A Secret of another namespace is none that the gateway may read. */
function credentialOf(tls: ServerTlsSettings): string | undefined {
  const named = tls.credentialName || tls.credentialNames?.[0]
  const [namespace, name] = named?.includes('/') ? named.split('/') : [gatewayNamespace, named]
  return namespace === gatewayNamespace ? name || undefined : undefined
}

function versionOf(version: string | undefined): string | undefined {
  return version === undefined || version === 'TLS_AUTO' ? undefined : version
}

// `tls` of a Gateway's server: the certificate it shows and what it asks of clients.
import type { ServerTlsSettings } from '../../../api/istio/types.ts'
import type { DownstreamTls } from '../../table/mesh-table.ts'
import { gatewayNamespace } from '../services/well-known.ts'

type Mode = NonNullable<ServerTlsSettings['mode']>
export type PassingMode = Extract<Mode, 'PASSTHROUGH' | 'AUTO_PASSTHROUGH'>

/** How the bytes pass without their TLS being ended; undefined where it is. A mode left out is PASSTHROUGH. */
export function passingMode({ mode = 'PASSTHROUGH' }: ServerTlsSettings): PassingMode | undefined {
  return mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH' ? mode : undefined
}

/** Of a server that ends TLS: a text when it cannot be served as it is written. */
export function compileTls(tls: ServerTlsSettings): DownstreamTls | string {
  const mode = endingMode(tls)
  if (!mode) return `tls.mode ${tls.mode} is none, SIMPLE, MUTUAL, PASSTHROUGH and others of Istio's reference are`
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

function endingMode({ mode }: ServerTlsSettings): DownstreamTls['mode'] | undefined {
  return (['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL', 'ISTIO_MUTUAL'] as const).find(one => one === mode)
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

// EnvoyFilter: patches of the configuration that istiod makes for Envoy.
import { networkingKindOf } from '../istio-kind.ts'
import { envoyFilterMessage } from './message.ts'
import { envoyFilterFindings } from './validate.ts'

export const envoyFilterKind = networkingKindOf('v1alpha3', {
  kind: 'EnvoyFilter',
  plural: 'envoyfilters',
  message: envoyFilterMessage,
  findings: envoyFilterFindings,
})

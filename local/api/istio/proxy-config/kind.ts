// ProxyConfig: settings of the proxies themselves.
import { networkingKindOf } from '../istio-kind.ts'
import { proxyConfigMessage } from './message.ts'
import { proxyConfigFindings } from './validate.ts'

export const proxyConfigKind = networkingKindOf('v1beta1', {
  kind: 'ProxyConfig',
  plural: 'proxyconfigs',
  message: proxyConfigMessage,
  findings: proxyConfigFindings,
})

// The rules of a ProxyConfig as Istio's webhook has them (pkg/config/validation of Istio 1.29).
import { policySelectorFindings } from '../fields/selector.ts'
import { type Finding, flawIf } from '../finding.ts'
import type { Subject } from '../subject.ts'
import type { ProxyConfigSpec } from './types.ts'

export const proxyConfigFindings = ({ spec: { selector, concurrency = 0 } }: Subject<ProxyConfigSpec>): Finding[] => [
  ...policySelectorFindings(selector, 'spec.selector'),
  ...flawIf(concurrency < 0, 'spec.concurrency', 'concurrency must be greater than or equal to 0'),
]

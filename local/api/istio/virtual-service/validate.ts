// The rules of a VirtualService as Istio's webhook has them (pkg/config/validation of Istio 1.29).
import { exportToFlaws } from '../fields/export-to.ts'
import { eachItem, type Finding, flaw, flawIf } from '../finding.ts'
import type { Subject } from '../subject.ts'
import type { VirtualServiceSpec } from './types.ts'
import { binding, gatewayNameFindings, routingClaimFlaws } from './validate-binding.ts'
import { hostFlaws } from './validate-hosts.ts'
import { httpRouteFindings } from './validate-http-route.ts'
import { tcpRouteFindings, tlsRouteFindings } from './validate-tcp-route.ts'
import { unreachableRules } from './warn-unreachable.ts'

/** Errors in the webhook's order, and its warnings. */
export function virtualServiceFindings({ spec, namespace }: Subject<VirtualServiceSpec>): Finding[] {
  const { hosts = [], gateways, http, tls, tcp, exportTo } = spec
  const bound = binding(gateways)
  const rules = (http?.length ?? 0) + (tls?.length ?? 0) + (tcp?.length ?? 0)
  return [
    ...(hosts.length === 0 ? delegateFlaws(spec) : []),
    ...gatewayNameFindings(gateways, 'spec.gateways'),
    ...(bound.gateway ? [] : routingClaimFlaws(http, gateways)),
    ...hostFlaws(spec, bound),
    ...flawIf(rules === 0, 'spec', 'http, tcp or tls must be provided in virtual service'),
    ...eachItem(http, 'spec.http', (route, path) => httpRouteFindings(route, hosts.length === 0, path)),
    ...eachItem(tls, 'spec.tls', (route, path) => tlsRouteFindings(route, spec, path)),
    ...eachItem(tcp, 'spec.tcp', tcpRouteFindings),
    ...exportToFlaws(exportTo, namespace, 'other', 'spec.exportTo'),
    ...unreachableRules(spec),
  ]
}

/** Without hosts it is the delegate of another: that one's gateways hold, and only HTTP can be delegated. */
function delegateFlaws({ gateways, tls, tcp }: VirtualServiceSpec): Finding[] {
  const forbidden: [unknown[] | undefined, string, string][] = [
    [gateways, 'gateways', 'gateways specified'],
    [tls, 'tls', 'tls route specified'],
    [tcp, 'tcp', 'tcp route specified'],
  ]
  return forbidden.flatMap(([list, field, what]) =>
    list?.length ? [flaw(`spec.${field}`, `delegate virtual service must have no ${what}`)] : [],
  )
}

// The VirtualService message: its rules and their matches.
import { destination, percent, stringMatch } from '../fields/messages.ts'
import { bool, duration, int32, list, map, message, string, uint32 } from '../proto/message.ts'
import { corsPolicy, httpDirectResponse, httpFaultInjection, httpRedirect } from './http-message.ts'
import type {
  Delegate,
  HeaderOperations,
  Headers,
  HttpMatchRequest,
  HttpMirrorPolicy,
  HttpRetry,
  HttpRewrite,
  HttpRoute,
  HttpRouteDestination,
  L4MatchAttributes,
  RegexRewrite,
  RouteDestination,
  TcpRoute,
  TlsMatchAttributes,
  TlsRoute,
  VirtualServiceSpec,
} from './types.ts'

const networking = 'istio.networking.v1alpha3'

const headerOperations = message<HeaderOperations>(`${networking}.Headers.HeaderOperations`, {
  set: map(string),
  add: map(string),
  remove: list(string),
})

const headers = message<Headers>(`${networking}.Headers`, { request: headerOperations, response: headerOperations })

const httpMatchRequest = message<HttpMatchRequest>(`${networking}.HTTPMatchRequest`, {
  name: string,
  uri: stringMatch,
  scheme: stringMatch,
  method: stringMatch,
  authority: stringMatch,
  headers: map(stringMatch),
  port: uint32,
  sourceLabels: map(string),
  gateways: list(string),
  queryParams: map(stringMatch),
  ignoreUriCase: bool,
  withoutHeaders: map(stringMatch),
  sourceNamespace: string,
  statPrefix: string,
})

const httpRouteDestination = message<HttpRouteDestination>(`${networking}.HTTPRouteDestination`, {
  destination,
  weight: int32,
  headers,
})

const routeDestination = message<RouteDestination>(`${networking}.RouteDestination`, { destination, weight: int32 })

const httpRewrite = message<HttpRewrite>(`${networking}.HTTPRewrite`, {
  uri: string,
  authority: string,
  uriRegexRewrite: message<RegexRewrite>(`${networking}.RegexRewrite`, { match: string, rewrite: string }),
})

const httpRetry = message<HttpRetry>(`${networking}.HTTPRetry`, {
  attempts: int32,
  perTryTimeout: duration,
  retryOn: string,
  retryRemoteLocalities: bool,
  retryIgnorePreviousHosts: bool,
  backoff: duration,
})

const httpMirrorPolicy = message<HttpMirrorPolicy>(`${networking}.HTTPMirrorPolicy`, {
  destination,
  percentage: percent,
})

const httpRoute = message<HttpRoute>(`${networking}.HTTPRoute`, {
  name: string,
  match: list(httpMatchRequest),
  route: list(httpRouteDestination),
  redirect: httpRedirect,
  directResponse: httpDirectResponse,
  delegate: message<Delegate>(`${networking}.Delegate`, { name: string, namespace: string }),
  rewrite: httpRewrite,
  timeout: duration,
  retries: httpRetry,
  fault: httpFaultInjection,
  mirror: destination,
  mirrors: list(httpMirrorPolicy),
  mirrorPercent: uint32,
  mirrorPercentage: percent,
  corsPolicy,
  headers,
})

const l4MatchAttributes = message<L4MatchAttributes>(`${networking}.L4MatchAttributes`, {
  destinationSubnets: list(string),
  port: uint32,
  sourceSubnet: string,
  sourceLabels: map(string),
  gateways: list(string),
  sourceNamespace: string,
})

const tlsMatchAttributes = message<TlsMatchAttributes>(`${networking}.TLSMatchAttributes`, {
  sniHosts: list(string),
  destinationSubnets: list(string),
  port: uint32,
  sourceLabels: map(string),
  gateways: list(string),
  sourceNamespace: string,
})

const tlsRoute = message<TlsRoute>(`${networking}.TLSRoute`, {
  match: list(tlsMatchAttributes),
  route: list(routeDestination),
})

const tcpRoute = message<TcpRoute>(`${networking}.TCPRoute`, {
  match: list(l4MatchAttributes),
  route: list(routeDestination),
})

export const virtualServiceMessage = message<VirtualServiceSpec>(`${networking}.VirtualService`, {
  hosts: list(string),
  gateways: list(string),
  http: list(httpRoute),
  tls: list(tlsRoute),
  tcp: list(tcpRoute),
  exportTo: list(string),
})

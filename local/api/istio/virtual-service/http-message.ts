// The messages of what an HTTP rule does besides routing.
import { percent, stringMatch } from '../fields/messages.ts'
import { bool, bytes, duration, int32, list, message, oneOf, string, uint32 } from '../proto/message.ts'
import type {
  CorsPolicy,
  HttpBody,
  HttpDirectResponse,
  HttpFaultAbort,
  HttpFaultDelay,
  HttpFaultInjection,
  HttpRedirect,
} from './http-types.ts'

const networking = 'istio.networking.v1alpha3'

export const httpRedirect = message<HttpRedirect>(
  `${networking}.HTTPRedirect`,
  {
    uri: string,
    authority: string,
    port: uint32,
    derivePort: oneOf(`${networking}.HTTPRedirect.RedirectPortSelection`, 'FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT'),
    scheme: string,
    redirectCode: uint32,
  },
  ['port', 'derivePort'],
)

export const httpDirectResponse = message<HttpDirectResponse>(`${networking}.HTTPDirectResponse`, {
  status: uint32,
  body: message<HttpBody>(`${networking}.HTTPBody`, { string, bytes }, ['string', 'bytes']),
})

const fault = `${networking}.HTTPFaultInjection`

export const httpFaultInjection = message<HttpFaultInjection>(fault, {
  delay: message<HttpFaultDelay>(
    `${fault}.Delay`,
    { percent: int32, fixedDelay: duration, exponentialDelay: duration, percentage: percent },
    ['fixedDelay', 'exponentialDelay'],
  ),
  abort: message<HttpFaultAbort>(
    `${fault}.Abort`,
    { httpStatus: int32, grpcStatus: string, http2Error: string, percentage: percent },
    ['httpStatus', 'grpcStatus', 'http2Error'],
  ),
})

export const corsPolicy = message<CorsPolicy>(`${networking}.CorsPolicy`, {
  allowOrigin: list(string),
  allowOrigins: list(stringMatch),
  allowMethods: list(string),
  allowHeaders: list(string),
  exposeHeaders: list(string),
  maxAge: duration,
  allowCredentials: bool,
  unmatchedPreflights: oneOf(`${networking}.CorsPolicy.UnmatchedPreflights`, 'UNSPECIFIED', 'FORWARD', 'IGNORE'),
})

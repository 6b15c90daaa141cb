// Why a try at an endpoint brought no answer, told apart as Envoy's retry policies and response flags do.
import type { Outcome } from '../cluster/balancer.ts'
import { MissingSecret, WrongName } from './tls/upstream-tls.ts'

export type AttemptFailure =
  /** No connection came about; `reason` as Envoy gives it. */
  | { kind: 'connect-failure'; reason: string; retried?: boolean }
  /** It took too long. */
  | { kind: 'connect-timeout'; retried?: boolean }
  /** The connection ended before the answer began. */
  | { kind: 'reset'; retried?: boolean }
  /** The far end gave up this request alone; `refused`: without having looked at it. */
  | { kind: 'stream-reset'; refused: boolean; retried?: boolean }
  /** What came was no HTTP, or HTTP that must not be. */
  | { kind: 'protocol-error'; retried?: boolean }

/** Why a socket was given up. */
export class ConnectTimeout extends Error {}

/** The same for circuit breakers and outlier detection. */
export function outcomeOf(failure: AttemptFailure): Outcome {
  return failure.kind === 'connect-failure' || failure.kind === 'connect-timeout' ? connectFailed : reset
}

const connectFailed: Outcome = { kind: 'connect-failure' }
const reset: Outcome = { kind: 'reset' }

export const connectionRefused = 'delayed connect error: Connection refused'

/** Why a connection did not come about: in the words of the C library, or of BoringSSL where TLS was to blame. */
export function socketReason(error: Error | undefined): string {
  if (error instanceof MissingSecret) return 'TLS error: Secret is not supplied by SDS'
  const code = error && 'code' in error ? String(error.code) : ''
  const tls = error && tlsReason(error, code)
  return tls
    ? `TLS_error:|${tls}:TLS_error_end`
    : `delayed connect error: ${reasons[code] ?? (code || 'Connection reset by peer')}`
}

/** Undefined when it was no matter of TLS. */
function tlsReason(error: Error, code: string): string | undefined {
  if (error instanceof WrongName) return `${sslError('CERTIFICATE_VERIFY_FAILED')}:verify cert failed: ${error.check}`
  const verification = verifications.get(code)
  if (verification !== undefined) {
    const why = verification || error.message
    const failed = `X509_verify_cert: certificate verification error at depth ${code === inChain ? 1 : 0}: ${why}`
    return `${sslError('CERTIFICATE_VERIFY_FAILED')}:verify cert failed: ${failed}`
  }
  return code.startsWith('ERR_SSL_') ? sslError(code.slice('ERR_SSL_'.length)) : undefined
}

/** BoringSSL writes its number for the library and reason before the words. */
function sslError(reason: string): string {
  const number = sslReasons[reason]
  return `${number === undefined ? '' : `${0x1000_0000 + number}:`}SSL routines:OPENSSL_internal:${reason}`
}

const sslReasons: Record<string, number> = {
  CERTIFICATE_VERIFY_FAILED: 125,
  UNSUPPORTED_PROTOCOL: 240,
  WRONG_VERSION_NUMBER: 247,
  SSLV3_ALERT_HANDSHAKE_FAILURE: 1_040,
  SSLV3_ALERT_BAD_CERTIFICATE: 1_042,
  TLSV1_ALERT_UNKNOWN_CA: 1_048,
  TLSV1_ALERT_PROTOCOL_VERSION: 1_070,
  TLSV1_UNRECOGNIZED_NAME: 1_112,
}

const inChain = 'SELF_SIGNED_CERT_IN_CHAIN'

/** Node's codes for a certificate that nobody trusted vouches for; BoringSSL's words where they are others. */
const verifications = new Map([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to get local issuer certificate'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', ''],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', ''],
  [inChain, ''],
  ['CERT_HAS_EXPIRED', ''],
  ['CERT_NOT_YET_VALID', ''],
  ['CERT_SIGNATURE_FAILURE', ''],
  ['INVALID_PURPOSE', ''],
])

const reasons: Record<string, string> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  ENOENT: 'No such file or directory',
  ENOTFOUND: 'Name or service not known',
  EAI_AGAIN: 'Temporary failure in name resolution',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ETIMEDOUT: 'Connection timed out',
}

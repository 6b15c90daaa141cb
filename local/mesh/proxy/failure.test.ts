import { describe, expect, it } from 'vitest'
import { type AttemptFailure, outcomeOf, socketReason } from './failure.ts'
import { MissingSecret, WrongName } from './tls/upstream-tls.ts'

const withCode = (code: string, message = 'Node’s own words') => Object.assign(new Error(message), { code })

describe('why no connection came about', () => {
  it.each([
    ['ECONNREFUSED', 'Connection refused'],
    ['ECONNRESET', 'Connection reset by peer'],
    ['ENOENT', 'No such file or directory'],
    ['ENOTFOUND', 'Name or service not known'],
    ['EHOSTUNREACH', 'No route to host'],
    ['ENETUNREACH', 'Network is unreachable'],
    ['ETIMEDOUT', 'Connection timed out'],
    ['EWHATEVER', 'EWHATEVER'],
  ])('%s is told in the words of the C library', (code, words) => {
    expect(socketReason(withCode(code))).toBe(`delayed connect error: ${words}`)
  })

  it('is a reset where nothing is known of it', () => {
    expect(socketReason(undefined)).toBe('delayed connect error: Connection reset by peer')
  })

  it.each([
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'X509_verify_cert: certificate verification error at depth 0: unable to get local issuer certificate',
    ],
    ['CERT_HAS_EXPIRED', 'X509_verify_cert: certificate verification error at depth 0: certificate has expired'],
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'X509_verify_cert: certificate verification error at depth 1: certificate has expired',
    ],
  ])('%s is told in the words of BoringSSL, with the place in the chain', (code, words) => {
    expect(socketReason(withCode(code, 'certificate has expired'))).toBe(
      `TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: ${words}:TLS_error_end`,
    )
  })

  it.each([
    ['ERR_SSL_WRONG_VERSION_NUMBER', '268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', '268436504:SSL routines:OPENSSL_internal:TLSV1_ALERT_UNKNOWN_CA'],
    ['ERR_SSL_SOMETHING_NEW', 'SSL routines:OPENSSL_internal:SOMETHING_NEW'],
  ])('%s has its number where BoringSSL has one', (code, words) => {
    expect(socketReason(withCode(code))).toBe(`TLS_error:|${words}:TLS_error_end`)
  })

  it('is a certificate of another name, or a Secret that is not there', () => {
    expect(socketReason(new WrongName('another name', 'SAN matcher'))).toContain('verify cert failed: SAN matcher')
    expect(socketReason(new MissingSecret())).toBe('TLS error: Secret is not supplied by SDS')
  })
})

it.each<[AttemptFailure, string]>([
  [{ kind: 'connect-failure', reason: 'x' }, 'connect-failure'],
  [{ kind: 'connect-timeout' }, 'connect-failure'],
  [{ kind: 'reset' }, 'reset'],
  [{ kind: 'stream-reset', refused: true }, 'reset'],
  [{ kind: 'protocol-error' }, 'reset'],
])('%j counts against an endpoint as %s', (failure, kind) => expect(outcomeOf(failure)).toEqual({ kind }))

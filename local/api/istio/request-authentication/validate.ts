// The rules of a RequestAuthentication as Istio's webhook has them (pkg/config/validation of Istio 1.29).
import { durationFlaws } from '../fields/duration.ts'
import { attachmentFindings } from '../fields/selector.ts'
import { eachItem, type Finding, listedFlaw, quoted } from '../finding.ts'
import type { Subject } from '../subject.ts'
import type { JwtRule, RequestAuthenticationSpec } from './types.ts'
import { keySetFlaw } from './validate-key-set.ts'

export function requestAuthenticationFindings({ spec }: Subject<RequestAuthenticationSpec>): Finding[] {
  return [...attachmentFindings(spec, 'spec'), ...eachItem(spec.jwtRules, 'spec.jwtRules', jwtRuleFlaws)]
}

/** Istio lists what is wrong with a rule even when it is one thing. */
function jwtRuleFlaws(rule: Partial<JwtRule>, path: string): Finding[] {
  const { issuer, jwksUri, jwks, audiences, fromHeaders, fromParams, fromCookies, outputClaimToHeaders, timeout } = rule
  const uriFlaw = jwksUri ? keySetUriFlaw(jwksUri) : undefined
  const setFlaw = jwks ? keySetFlaw(jwks) : undefined
  const nonEmpty = (sentence: string) => (value: string, at: string) => (value === '' ? [listedFlaw(at, sentence)] : [])
  const named = nonEmpty('location header name must be non-empty string')
  return [
    ...eachItem(audiences, `${path}.audiences`, nonEmpty('audience must be non-empty string')),
    ...(issuer || jwksUri ? [] : [listedFlaw(path, 'issuer or jwksUri must be non-empty string')]),
    ...(uriFlaw ? [listedFlaw(`${path}.jwksUri`, uriFlaw)] : []),
    ...(setFlaw ? [listedFlaw(`${path}.jwks`, `jwks parse error: ${setFlaw}`)] : []),
    ...eachItem(fromHeaders, `${path}.fromHeaders`, ({ name = '' }: { name?: string }, at) => named(name, at)),
    ...eachItem(fromParams, `${path}.fromParams`, nonEmpty('location query must be non-empty string')),
    ...eachItem(fromCookies, `${path}.fromCookies`, nonEmpty('cookie name must be non-empty string')),
    ...eachItem(outputClaimToHeaders, `${path}.outputClaimToHeaders`, claimFlaws),
    ...durationFlaws(timeout, `${path}.timeout`).map(({ path: at, message }) => listedFlaw(at, message)),
  ]
}

function claimFlaws({ header, claim }: { header?: string; claim?: string }, path: string): Finding[] {
  if (!header || !claim) {
    return [listedFlaw(path, 'outputClaimToHeaders header and claim value must be non-empty string')]
  }
  return /^[-_A-Za-z0-9]+$/.test(header) ? [] : [listedFlaw(path, `header name ${header} is not a valid header name`)]
}

/** As Go's net/url and Istio's own check say it. */
function keySetUriFlaw(uri: string): string | undefined {
  const refused = (why: string) => `parse ${quoted(uri)}: ${why}`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  if (/[\u0000-\u001f\u007f]/.test(uri)) return refused('net/url: invalid control character in URL')
  if (uri.startsWith(':')) return refused('missing protocol scheme')
  const [, scheme = '', rest = ''] = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(uri) ?? []
  if (scheme === '' && /^[^/?#]*:/.test(uri)) return refused('first path segment in URL cannot contain colon')
  const authority = /^\/\/([^/?#]*)/.exec(rest)?.[1] ?? ''
  const port = /:([^:\]]*)$/.exec(authority.replace(/^.*@/, ''))?.[1]
  if (port !== undefined && !/^\d*$/.test(port)) return refused(`invalid port ${quoted(`:${port}`)} after host`)
  if (authority.includes(' ')) return refused('invalid character " " in host name')
  const known = ['http', 'https'].includes(scheme.toLowerCase())
  return known ? undefined : `URI scheme ${quoted(scheme.toLowerCase())} is not supported`
}

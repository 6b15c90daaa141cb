// One condition of an AuthorizationPolicy rule: an attribute of the request, the values it may and may not have.
import { type AddressBlock, holds } from './address-block.ts'
import { type CheckedRequest, type Claims, claimAt, headerValue } from './checked-request.ts'
import { matchesText, type TextMatch } from './text-match.ts'

/** One value of a condition, in the shape its attribute is compared in. */
export type Test =
  | { kind: 'header'; name: string; match: TextMatch }
  | { kind: 'host' | 'method' | 'path' | 'sni' | 'principal'; match: TextMatch }
  | { kind: 'source-ip' | 'remote-ip'; block: AddressBlock }
  | { kind: 'port'; port: number }
  | { kind: 'request-principal'; issuer: TextMatch; subject: TextMatch }
  | { kind: 'claim'; path: readonly string[]; match: TextMatch }
  /** The gateway's own address, which no block of a cluster's network holds. */
  | { kind: 'destination-ip'; block: AddressBlock }

export interface Condition {
  /** One must hold; empty asks for nothing. */
  values: readonly Test[]
  /** None may hold: also met where there is no such value at all. */
  notValues: readonly Test[]
}

export function meets(condition: Condition, request: CheckedRequest, claims: Claims | undefined): boolean {
  const passes = (test: Test) => passesTest(test, request, claims)
  return (condition.values.length === 0 || condition.values.some(passes)) && !condition.notValues.some(passes)
}

function passesTest(test: Test, request: CheckedRequest, claims: Claims | undefined): boolean {
  switch (test.kind) {
    case 'header': {
      const value = headerValue(request.headers, test.name)
      return value !== undefined && matchesText(test.match, value)
    }
    case 'host':
      return matchesText(test.match, request.authority)
    case 'method':
      return matchesText(test.match, request.method)
    case 'path':
      return matchesText(test.match, pathOf(request.target))
    case 'sni':
      return request.sni !== '' && matchesText(test.match, request.sni)
    case 'principal':
      return request.principal !== undefined && matchesText(test.match, `spiffe://${request.principal}`)
    case 'source-ip':
      return holds(test.block, request.peer)
    case 'remote-ip':
      return holds(test.block, request.remote)
    case 'destination-ip':
      return holds(test.block, '127.0.0.1')
    case 'port':
      return request.destinationPort === test.port
    case 'request-principal':
      return textClaim(claims, 'iss', test.issuer) && textClaim(claims, 'sub', test.subject)
    case 'claim':
      return claimValues(claims, test.path).some(value => matchesText(test.match, value))
  }
}

function pathOf(target: string): string {
  const question = target.indexOf('?')
  return question < 0 ? target : target.slice(0, question)
}

function textClaim(claims: Claims | undefined, name: string, match: TextMatch): boolean {
  const value = claims?.[name]
  return typeof value === 'string' && matchesText(match, value)
}

/**
 * The text values at a path of the claims: a string, each entry of a list, and, of the standard lists of words (`scope`),
 * each word, as Istio's filter splits them.
 */
export function claimValues(claims: Claims | undefined, path: readonly string[]): string[] {
  const value = claimAt(claims, path)
  if (typeof value === 'string') return path.length === 1 && wordLists.has(path[0] ?? '') ? value.split(' ') : [value]
  if (Array.isArray(value)) return value.filter(entry => typeof entry === 'string')
  return []
}

const wordLists = new Set(['scope', 'permission'])

// Normalises a request target before it is matched and forwarded, as MeshConfig's pathNormalization says.
import type { RequestHead } from '../codec/head.ts'
import { MalformedMessage } from '../codec/malformed.ts'
import type { MeshSettings } from '../table/mesh-table.ts'

export type Normalization = MeshSettings['pathNormalization']

const slash = 47

/** Most targets need nothing: found out by one look. */
const suspicious = /[%#\\]|\/\.|[^\x21-\x7e]/

/**
 * With BASE, Istio's default, dot segments are resolved, percent-encoded unreserved characters decoded, `\\` becomes `/`, a
 * fragment is cut off; `//` and `%2F` stay (Istio 1.29, MeshConfig.ProxyPathNormalization). MERGE_SLASHES joins `//`, and
 * DECODE_AND_MERGE_SLASHES decodes `%2F` and `%5C` before. The query is never touched. Throws `MalformedMessage` for `%00`.
 */
export function normalizeTarget(target: string, mode: Normalization = 'BASE'): string {
  if (target.charCodeAt(0) !== slash) throw new MalformedMessage('relative_path')
  if (!suspicious.test(target) && (mode === 'BASE' || mode === 'NONE' || !target.includes('//'))) return target
  const fragment = target.indexOf('#')
  const whole = fragment < 0 ? target : target.slice(0, fragment)
  const question = whole.indexOf('?')
  const path = question < 0 ? whole : whole.slice(0, question)
  if (path.includes('%00')) throw new MalformedMessage('nul_in_path', 400, true)
  return normalizePath(path, mode) + (question < 0 ? '' : whole.slice(question))
}

function normalizePath(path: string, mode: Normalization): string {
  if (mode === 'NONE') return path
  const decoded = mode === 'DECODE_AND_MERGE_SLASHES' ? path.replace(/%2f|%5c/gi, '/') : path
  const resolved = resolveDots(decodeUnreserved(decoded.replaceAll('\\', '/')))
  return mode === 'BASE' ? resolved : resolved.replace(/\/{2,}/g, '/')
}

function decodeUnreserved(path: string): string {
  return path.replace(/%([0-9a-fA-F]{2})/g, (encoded, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16))
    return /[A-Za-z0-9\-._~]/.test(character) ? character : encoded
  })
}

function resolveDots(path: string): string {
  if (!path.includes('/.')) return path
  const kept: string[] = []
  const segments = path.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
    if (last && (segment === '.' || segment === '..')) kept.push('')
  }
  return `/${kept.join('/')}`
}

/** Splits an absolute-form target into authority and origin form; undefined when it is none. */
export function parseAbsoluteTarget(target: string): { scheme: string; authority: string; target: string } | undefined {
  if (target.charCodeAt(0) === slash) return undefined
  const match = /^(https?):\/\/([^/?#]+)(.*)$/i.exec(target)
  if (!match) return undefined
  const [, scheme = '', authority = '', rest = ''] = match
  const bare = authority.slice(authority.lastIndexOf('@') + 1)
  return { scheme: scheme.toLowerCase(), authority: bare, target: rest.startsWith('/') ? rest : `/${rest}` }
}

/**
 * The host and the normalised target of a request; an absolute target names the host itself, and behind a CONNECT the one
 * named there is meant where none is. Throws `MalformedMessage`.
 */
export function whatIsAsked(
  { method, target, host }: RequestHead,
  tunnel: string | undefined,
  normalize: (target: string) => string,
): { target: string; host: string } {
  const absolute = parseAbsoluteTarget(target)
  const named = absolute?.authority ?? host ?? tunnel ?? ''
  const asterisk = target === '*' && method === 'OPTIONS'
  return { host: named, target: asterisk || named === '' ? target : normalize(absolute?.target ?? target) }
}

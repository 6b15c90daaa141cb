// What of a request consistent hashing looks at, as a number.
import type { Random } from '../../kernel/random.ts'
import type { HashKey } from '../table/cluster.ts'
import type { BalancedRequest } from './balancer.ts'
import { xxHash64 } from './xx-hash.ts'

export interface RequestHash {
  /** Undefined when the request lacks what is hashed: it may go anywhere. */
  hash: bigint | undefined
  /** The value of a `set-cookie` line, when the cookie was missing and is to be made. */
  setCookie: string | undefined
}

export function hashRequest(key: HashKey, request: BalancedRequest, random: Random): RequestHash {
  if (key.kind === 'cookie') return hashCookie(key, request, random)
  return { hash: hashOf(key, request), setCookie: undefined }
}

function hashOf(key: Exclude<HashKey, { kind: 'cookie' }>, request: BalancedRequest): bigint | undefined {
  if (key.kind === 'source') return xxHash64(request.peer)
  if (key.kind === 'header') return hashLines(linesOf(request.headers, key.name))
  const value = queryValue(request.target, key.name)
  return value === undefined ? undefined : xxHash64(value)
}

/** Several lines of a header are hashed in the order of their values, each seeding the next. */
function hashLines(lines: readonly string[]): bigint | undefined {
  if (lines.length === 0) return undefined
  return lines.toSorted().reduce((seed, line) => xxHash64(line, seed), 0n)
}

type CookieKey = Extract<HashKey, { kind: 'cookie' }>

function hashCookie(key: CookieKey, { headers }: BalancedRequest, random: Random): RequestHash {
  const sent = cookieValue(linesOf(headers, 'cookie'), key.name)
  if (sent) return { hash: xxHash64(sent), setCookie: undefined }
  if (key.ttlMs === undefined) return { hash: undefined, setCookie: undefined }
  const made = hexWord(random) + hexWord(random)
  return { hash: xxHash64(made), setCookie: formatCookie(key, key.ttlMs, made) }
}

/** As Envoy writes it: `sess="a086f004654cfc52"; Max-Age=3600; HttpOnly`; a ttl of 0 is a session's cookie. */
function formatCookie({ name, path, attributes }: CookieKey, ttlMs: number, value: string): string {
  const seconds = Math.floor(ttlMs / 1_000)
  return [
    `${name}="${value}"`,
    ...(seconds > 0 ? [`Max-Age=${seconds}`] : []),
    ...(path === '' ? [] : [`Path=${path}`]),
    ...attributes.map(attribute => (attribute.value ? `${attribute.name}=${attribute.value}` : attribute.name)),
    'HttpOnly',
  ].join('; ')
}

function hexWord(random: Random): string {
  return Math.floor(random.next() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, '0')
}

function linesOf(headers: readonly string[], name: string): readonly string[] {
  const lines: string[] = []
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if (headers[index] === name) lines.push(headers[index + 1] ?? '')
  }
  return lines
}

function cookieValue(lines: readonly string[], name: string): string | undefined {
  for (const pair of lines.flatMap(line => line.split(';'))) {
    const text = pair.trimStart()
    if (text.startsWith(`${name}=`)) return text.slice(name.length + 1).replace(/^"(.*)"$/, '$1')
  }
  return undefined
}

/** The first of the name, as written: nothing is decoded. */
function queryValue(target: string, name: string): string | undefined {
  const mark = target.indexOf('?')
  if (mark < 0) return undefined
  for (const pair of target.slice(mark + 1).split('&')) {
    const equals = pair.indexOf('=')
    if ((equals < 0 ? pair : pair.slice(0, equals)) === name) return equals < 0 ? '' : pair.slice(equals + 1)
  }
  return undefined
}

// Where a request may carry a token: header lines, query parameters, cookies.
import type { JwtRule } from '../../api/istio/types.ts'
import type { CheckedRequest } from './checked-request.ts'

export interface FoundToken {
  text: string
  /** The header it stands in, taken away once it is verified; undefined for parameters and cookies, which stay. */
  header: string | undefined
}

/** All tokens at the places a rule names; `Authorization: Bearer` and `access_token` where it names none. */
export function tokensOf(rule: JwtRule, request: CheckedRequest): FoundToken[] {
  const named = rule.fromHeaders?.length || rule.fromParams?.length || rule.fromCookies?.length
  const headers = named ? (rule.fromHeaders ?? []) : [{ name: 'authorization', prefix: 'Bearer ' }]
  const params = named ? (rule.fromParams ?? []) : ['access_token']
  return [
    ...headers.flatMap(({ name, prefix = '' }) => inHeader(request, name.toLowerCase(), prefix)),
    ...params.flatMap(name => inQuery(request.target, name)),
    ...(rule.fromCookies ?? []).flatMap(name => inCookies(request, name)),
  ]
}

function inHeader({ headers }: CheckedRequest, name: string, prefix: string): FoundToken[] {
  const found: FoundToken[] = []
  for (let index = 0; index < headers.length; index += 2) {
    const value = headers[index + 1] ?? ''
    const at = headers[index] === name ? value.indexOf(prefix) : -1
    if (at >= 0) found.push({ text: tokenCharacters(value.slice(at + prefix.length)), header: name })
  }
  return found
}

/** Up to the first character that no token has. */
function tokenCharacters(text: string): string {
  return /^[\w.=-]*/.exec(text)?.[0] ?? ''
}

function inQuery(target: string, name: string): FoundToken[] {
  const question = target.indexOf('?')
  if (question < 0) return []
  const text = new URLSearchParams(target.slice(question + 1)).get(name)
  return text === null ? [] : [{ text, header: undefined }]
}

function inCookies({ headers }: CheckedRequest, name: string): FoundToken[] {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] !== 'cookie') continue
    for (const pair of (headers[index + 1] ?? '').split(';')) {
      const [key = '', ...value] = pair.trim().split('=')
      if (key === name) return [{ text: value.join('=').replace(/^"(.*)"$/, '$1'), header: undefined }]
    }
  }
  return []
}

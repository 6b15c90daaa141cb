// Redirects: the first flaw alone is said.
import { portFlaw } from '../fields/port.ts'
import { type Finding, flaw } from '../finding.ts'
import type { HttpRedirect } from './http-types.ts'

export function redirectFlaws(redirect: HttpRedirect | undefined, path: string): Finding[] {
  const sentence = redirect && redirectFlaw(redirect)
  return sentence ? [flaw(path, sentence)] : []
}

function redirectFlaw({ uri, authority, port, derivePort, scheme, redirectCode }: HttpRedirect): string | undefined {
  if (!(uri || authority || scheme) && port === undefined && derivePort === undefined) {
    return 'redirect must specify URI, authority, scheme, or port'
  }
  if (redirectCode && (redirectCode < 300 || redirectCode > 399)) {
    return `${redirectCode} is not a valid redirect code, must be 3xx`
  }
  if (scheme && scheme !== 'http' && scheme !== 'https') return 'invalid redirect scheme, must be "http" or "https"'
  return port ? portFlaw(port) : undefined
}

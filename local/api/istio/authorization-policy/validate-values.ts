// Values of policies: addresses, ports, accounts and path templates (pkg/config/security of Istio).
import { isIpAddress, prefixFlaw } from '../fields/address.ts'
import { type Finding, listedFlaw, quoted } from '../finding.ts'

export function emptyValueFlaw(values: readonly string[], field: string): string | undefined {
  return values.includes('') ? `empty value not allowed, found in ${field}` : undefined
}

/** IPs and CIDR blocks; Istio lists what is wrong even when it is one. */
export function ipFlaws(values: readonly string[] | undefined, path: string): Finding[] {
  return (values ?? []).flatMap((value, index) => {
    const block = value.includes('/')
    const wrong = block ? prefixFlaw(value) : isIpAddress(value) ? undefined : ''
    if (wrong === undefined) return []
    const sentence = block ? `bad CIDR range (${value}): ${wrong}` : `bad IP address (${value})`
    return [listedFlaw(`${path}[${index}]`, sentence)]
  })
}

export function portFlaws(values: readonly string[] | undefined, path: string): Finding[] {
  return (values ?? []).flatMap((value, index) => {
    const refused = unsignedFlaw(value)
    if (!refused && Number(value) <= 65_535) return []
    return [listedFlaw(`${path}[${index}]`, `bad port (${value}): ${refused ?? '<nil>'}`)]
  })
}

/** Why Go's strconv.ParseUint refuses a number of 32 bits. */
function unsignedFlaw(text: string): string | undefined {
  const refused = (why: string) => `strconv.ParseUint: parsing ${quoted(text)}: ${why}`
  if (!/^\d+$/.test(text)) return refused('invalid syntax')
  return Number(text) > 2 ** 32 - 1 ? refused('value out of range') : undefined
}

const mostAccounts = 16
const longestAccount = 320

/** `account` or `namespace/account`: the first flaw alone is said. */
export function serviceAccountFlaw(values: readonly string[], field: string): string | undefined {
  if (values.length > mostAccounts) return 'may not have more than 16 values'
  return values.map(value => accountFlaw(value, field)).find(sentence => sentence !== undefined)
}

function accountFlaw(value: string, field: string): string | undefined {
  const form = "expected format 'serviceAccount' or 'namespace/serviceAccount', found"
  const [first, second, ...more] = value.split('/')
  if (value === '') return `empty value not allowed, found in ${field}`
  if (value.includes('*')) return `wildcard not allowed, found in ${field}`
  if (more.length > 0) return `${form} ${quoted(value)} in ${field}`
  if (value.length > longestAccount) return `value cannot exceed 320 characters, found ${quoted(value)} in ${field}`
  if (first === '') return `${form} empty namespace ${quoted(value)} in ${field}`
  return second === '' ? `${form} empty serviceAccount ${quoted(value)} in ${field}` : undefined
}

const one = '{*}'
const any = '{**}'

/** The characters of a path segment (RFC 3986). */
const segment = /^[a-zA-Z0-9\-._~%!$&'()+,;:@=]+$/

/** `{*}` stands for a segment, `{**}` for any number, as the last operator. The first flaw alone is said. */
export function pathTemplateFlaw(values: readonly string[], field: string): string | undefined {
  return values.map(value => templateFlaw(value, field)).find(sentence => sentence !== undefined)
}

function templateFlaw(value: string, field: string): string | undefined {
  const isTemplate = value.includes(one) || value.includes(any)
  const path = value.replace(/^\/+|\/+$/g, '')
  const refused = (why: string) => `invalid or unsupported path ${path}, found in ${field}. ${why}`
  let anySeen = false
  for (const part of path.split('/')) {
    if (part === one || part === any) {
      if (anySeen) return refused('{**} is not the last operator')
      anySeen = part === any
    } else if (/[{}]/.test(part)) {
      return refused("Contains '{' or '}' beyond a supported path template")
    } else if (isTemplate && !segment.test(part)) {
      return refused(`Contains segment ${part} with invalid string literal`)
    }
  }
  return undefined
}

// IP addresses, CIDR blocks and Unix sockets, with the words of Go's net/netip.
import { isIP, isIPv4 } from 'node:net'
import { type Finding, flaw, quoted } from '../finding.ts'

export const isIpAddress = (text: string): boolean => isIP(text) !== 0

export const ipAddressFlaw = (text: string): string | undefined =>
  isIpAddress(text) ? undefined : `${text} is not a valid IP`

export const ipAddressFlaws = (text: string, path: string): Finding[] =>
  isIpAddress(text) ? [] : [flaw(path, `${text} is not a valid IP`)]

/** An IP or a CIDR block. */
export function subnetFlaws(text: string, path: string): Finding[] {
  if (text.split('/').length !== 2) return ipAddressFlaws(text, path)
  return prefixFlaw(text) ? [flaw(path, `${text} is not a valid CIDR block`)] : []
}

/** Why Go's netip.ParsePrefix refuses a CIDR block. */
export function prefixFlaw(text: string): string | undefined {
  const refused = (why: string) => `netip.ParsePrefix(${quoted(text)}): ${why}`
  const slash = text.lastIndexOf('/')
  if (slash < 0) return refused("no '/'")
  const address = text.slice(0, slash)
  const bits = text.slice(slash + 1)
  const wrong = addressFlaw(address)
  if (wrong) return refused(`ParseAddr(${quoted(address)}): ${wrong}`)
  if (address.includes('%')) return refused('IPv6 zones cannot be present in a prefix')
  if (!/^(0|[1-9]\d*)$/.test(bits)) return refused(`bad bits after slash: ${quoted(bits)}`)
  return Number(bits) > (isIPv4(address) ? 32 : 128) ? refused('prefix length out of range') : undefined
}

function addressFlaw(text: string): string | undefined {
  if (isIpAddress(text)) return undefined
  if (!/^[^.:%]*[.]/.test(text)) return text.includes(':') ? 'unable to parse IPv6 address' : 'unable to parse IP'
  const fields = text.split('.')
  if (/[^\d.]/.test(text)) return `unexpected character (at ${quoted(text.slice(text.search(/[^\d.]/)))})`
  if (fields.some(field => /^0\d/.test(field))) return 'IPv4 field has octet with leading zero'
  if (fields.some(field => Number(field) > 255)) return 'IPv4 field has value >255'
  if (fields.length > 4) return 'IPv4 address too long'
  return fields.includes('') ? 'IPv4 field must have at least one digit' : 'IPv4 address too short'
}

export const unixPrefix = 'unix://'

/** The path behind `unix://`; `@name` is an abstract socket. */
export function unixSocketFlaws(address: string, path: string): Finding[] {
  const file = address.slice(unixPrefix.length)
  if (file === '') return [flaw(path, 'unix address must not be empty')]
  if (file.startsWith('@') || (file.startsWith('/') && !file.endsWith('/'))) return []
  return [flaw(path, `${file} is not an absolute path to a file`)]
}

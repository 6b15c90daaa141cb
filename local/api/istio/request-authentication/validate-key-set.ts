// Key sets written into a RequestAuthentication: JSON of one key or of a set.
import { messageOf } from '../../../kernel/errors.ts'

const keyTypes = ['RSA', 'EC', 'oct', 'OKP']

/** Why Istio's reader of key sets refuses a text. */
export function keySetFlaw(text: string): string | undefined {
  const refused = (why: string) => `failed to unmarshal JWK set: ${why}`
  const document = parsed(text)
  if ('flaw' in document) return refused(document.flaw)
  if (!isRecord(document.value)) return refused('invalid JWK set: expected a JSON object')
  const { keys } = document.value
  if (keys === undefined)
    return isKey(document.value) ? undefined : refused('neither "keys" nor a key of a known "kty"')
  if (!Array.isArray(keys)) return refused('failed to unmarshal "keys": expected an array')
  const wrong = keys.findIndex(key => !isKey(key))
  return wrong < 0 ? undefined : refused(`failed to unmarshal key #${wrong}: no key of a known "kty"`)
}

function parsed(text: string): { value: unknown } | { flaw: string } {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    const start = text.trim().charAt(0)
    const known = start !== '' && !/[-{["\dtfn]/.test(start)
    return { flaw: known ? `invalid character '${start}' looking for beginning of value` : messageOf(error) }
  }
}

const isKey = (key: unknown): boolean => isRecord(key) && keyTypes.includes(String(key.kty))

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

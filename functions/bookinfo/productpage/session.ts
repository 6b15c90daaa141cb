// Who is signed in: a name and an expiry in a cookie, signed, so that any instance can read it and nobody can write it.
import type { Env } from '../../lib/env.ts'
import { sessionKey } from './session-key.ts'

/** How long a visitor stays signed in, in seconds. */
export const lifetime = 86_400

/** Names go into a header on every call: printable ASCII, without blanks at the ends. */
const namePattern = /^[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?$/

export const isName = (name: string): boolean => namePattern.test(name)

/** The cookie's value for a visitor: `name.expiry.signature`, each part safe in a cookie. */
export async function seal(env: Env, name: string, now: number): Promise<string> {
  const payload = `${encode(new TextEncoder().encode(name))}.${Math.floor(now / 1000) + lifetime}`
  const signature = await crypto.subtle.sign('HMAC', await sessionKey(env), new TextEncoder().encode(payload))
  return `${payload}.${encode(new Uint8Array(signature))}`
}

/** The name in a cookie's value; undefined when it is forged, has expired or is none of ours. */
export async function unseal(env: Env, value: string, now: number): Promise<string | undefined> {
  const [, payload = '', name = '', expiry, signature = ''] = /^((.+)\.(\d{1,12}))\.([^.]+)$/.exec(value) ?? []
  const bytes = decode(signature)
  if (!bytes || Number(expiry) * 1000 <= now) return undefined
  const genuine = await crypto.subtle.verify('HMAC', await sessionKey(env), bytes, new TextEncoder().encode(payload))
  return genuine ? new TextDecoder().decode(decode(name)) : undefined
}

function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, each => ({ '+': '-', '/': '_' })[each] ?? '')
}

function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]+$/.test(text)) return undefined
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    return Uint8Array.from(binary, each => each.charCodeAt(0))
  } catch {
    return undefined
  }
}

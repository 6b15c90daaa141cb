// Who calls: each instance gets a name and a token for the capture's proxy, and is known by them.
import { randomBytes } from 'node:crypto'
import type { Identity } from '../../seams/identity.ts'

export class Credentials {
  readonly #identities = new Map<string, Identity>()
  #count = 0

  /** `id:token`, and how to end its validity. */
  issue(identity: Identity): { userinfo: string; revoke(): void } {
    const userinfo = `i${++this.#count}:${randomBytes(18).toString('base64url')}`
    const key = `Basic ${Buffer.from(userinfo).toString('base64')}`
    this.#identities.set(key, identity)
    return { userinfo, revoke: () => void this.#identities.delete(key) }
  }

  /** The caller behind a `proxy-authorization` header; undefined when it is missing, unknown or revoked. */
  identify(header: string | undefined): Identity | undefined {
    if (header === undefined) return undefined
    const exact = this.#identities.get(header)
    if (exact) return exact
    const match = /^basic +(\S+)$/i.exec(header)
    return match ? this.#identities.get(`Basic ${match[1]}`) : undefined
  }
}

// A user: what may be in it, and what is shown of it.
import type { Fields, Owner, Versioned } from '../records.ts'
import { refuse } from '../service.ts'

export interface User extends Versioned {
  email: string
  profile: Fields
  /** What authentication-ms keeps of the password is named by this, and is known to nobody else. */
  credentialId: string
}

export const owner: Owner = {
  collection: 'users',
  kind: 'user',
  source: 'user-management-ms',
  show: record => told(record as User),
}

/** Named one by one, here and below: whatever else a record may come to carry is told to nobody. */
function told(user: User): Fields {
  return { ...shown(user), credentialId: user.credentialId }
}

/** Without what only the authentication needs. */
export function shown({ _id, version, email, profile }: User): Fields {
  return { id: _id, recordVersion: version, email, profile }
}

const addressShape = /^[^\s@]{1,64}@[^\s@]{1,255}$/

/** Throws 400. */
export function addressIn({ email }: Fields): string {
  if (typeof email === 'string' && addressShape.test(email.trim())) return email.trim().toLowerCase()
  throw refuse(400, 'email: an e-mail address is needed')
}

/** Throws 400. */
export function profileIn({ profile = {}, name }: Fields): Fields {
  if (typeof profile !== 'object' || profile === null || Array.isArray(profile)) throw refuse(400, 'profile: an object')
  return typeof name === 'string' ? { name, ...profile } : { ...profile }
}

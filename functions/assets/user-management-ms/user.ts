// A user: what may be in it, and what is shown of it.
import { type Fields, type Owner, type Versioned, visible } from '../records.ts'
import { refuse } from '../service.ts'

export interface User extends Versioned {
  email: string
  profile: Fields
  /** As `lib/passwords.ts` keeps it. */
  credential: string
  /** Sessions that began before do not count any more. Milliseconds since the epoch. */
  sessionsFrom: number
}

export const owner: Owner = { collection: 'users', kind: 'user', source: 'user-management-ms' }

/** Without what only the authentication needs. */
export function shown(user: User): Fields {
  const { credential: _credential, sessionsFrom: _sessionsFrom, ...rest } = visible(user)
  return rest
}

const addressShape = /^[^\s@]{1,64}@[^\s@]{1,255}$/

/** Throws 400. */
export function addressIn({ email }: Fields): string {
  if (typeof email === 'string' && addressShape.test(email.trim())) return email.trim().toLowerCase()
  throw refuse(400, 'email: an e-mail address is needed')
}

const shortest = 8
const longest = 200

/** Throws 400. */
export function passwordIn(given: Fields, field: string): string {
  const password = given[field]
  if (typeof password === 'string' && password.length >= shortest && password.length <= longest) return password
  throw refuse(400, `${field}: ${shortest} to ${longest} characters`)
}

/** Throws 400. */
export function profileIn({ profile = {}, name }: Fields): Fields {
  if (typeof profile !== 'object' || profile === null || Array.isArray(profile)) throw refuse(400, 'profile: an object')
  return typeof name === 'string' ? { name, ...profile } : { ...profile }
}

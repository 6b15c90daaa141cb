// What a password has to be: said by who is asked for one, and held by who keeps it.
import type { Fields } from './records.ts'
import { refuse } from './service.ts'

const shortest = 8
const longest = 200

/** Throws 400. */
export function passwordIn(given: Fields, field: string): string {
  const password = given[field]
  if (typeof password === 'string' && password.length >= shortest && password.length <= longest) return password
  throw refuse(400, `${field}: ${shortest} to ${longest} characters`)
}

// What every adapter refuses alike, so that what works on one store works on all.

const plainName = /^[A-Za-z][\w-]*$/
const comparable = /^[A-Za-z_]\w*$/

/** Throws a TypeError unless it can name a collection or a log everywhere. */
export function checkName(name: string): void {
  if (!plainName.test(name)) throw new TypeError(`"${name}" names no collection: letters, digits, - and _ only`)
}

/** Throws a TypeError unless each can be looked up by, or indexed. */
export function checkComparable(fields: readonly string[]): void {
  for (const field of fields) {
    if (!comparable.test(field)) throw new TypeError(`"${field}" cannot be compared: letters, digits and _ only`)
  }
}

/** Throws a TypeError for field names that would mean something else to a database. */
export function checkFields(document: Readonly<Record<string, unknown>>): void {
  for (const field of Object.keys(document)) {
    if (field !== '_id' && /^[_$]|[.\0]/.test(field)) {
      throw new TypeError(`"${field}" is no name for a field: it starts with _ or $, or has a dot in it`)
    }
  }
}

/** The value as JSON gives it back. */
export function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

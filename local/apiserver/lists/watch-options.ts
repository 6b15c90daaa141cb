// What the query of a watch asks for: where it begins, how long it lasts, and whether it is told how far it has seen.
import { StatusError } from '../../kernel/errors.ts'

export interface WatchOptions {
  /** All objects first, only what happens from now on, or what happened since a version. */
  from: 'everything' | 'now' | number
  /** True when a bookmark marks the end of the objects that were there at the beginning. */
  sendInitialEvents: boolean
  bookmarks: boolean
  /** In milliseconds; until the client leaves when left out. */
  timeoutMs: number | undefined
}

/** Throws BadRequest, or Invalid for combinations the API does not allow. */
export function watchOptionsOf(query: URLSearchParams): WatchOptions {
  const initial = flag(query.get('sendInitialEvents'))
  const bookmarks = flag(query.get('allowWatchBookmarks')) === true
  const match = query.get('resourceVersionMatch') || undefined
  if (initial !== undefined && match !== 'NotOlderThan') {
    throw forbidden('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')
  }
  if (initial === undefined && match !== undefined) {
    throw forbidden(
      'resourceVersionMatch',
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    )
  }
  return {
    from: initial === true ? 'everything' : beginning(query.get('resourceVersion'), initial === false),
    sendInitialEvents: initial === true && bookmarks,
    bookmarks,
    timeoutMs: timeoutOf(query.get('timeoutSeconds')),
  }
}

function beginning(version: string | null, withoutObjects: boolean): WatchOptions['from'] {
  if (!version || version === '0') return withoutObjects ? 'now' : 'everything'
  if (/^\d+$/.test(version)) return Number(version)
  throw new StatusError('BadRequest', `resourceVersion: Invalid value: "${version}": must be a number`)
}

function timeoutOf(text: string | null): number | undefined {
  if (text === null) return undefined
  const seconds = Number(text)
  if (text !== '' && Number.isInteger(seconds) && seconds >= 0) return seconds === 0 ? undefined : seconds * 1000
  throw new StatusError('BadRequest', `timeoutSeconds: Invalid value: "${text}": must be a whole number of seconds`)
}

/** A boolean of a query; undefined when it is not there. */
export function flag(text: string | null): boolean | undefined {
  return text === null ? undefined : ['true', '1'].includes(text)
}

function forbidden(field: string, message: string): StatusError {
  return new StatusError('Invalid', `ListOptions.meta.k8s.io "" is invalid: ${field}: Forbidden: ${message}`, {
    group: 'meta.k8s.io',
    kind: 'ListOptions',
    causes: [{ reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field }],
  })
}

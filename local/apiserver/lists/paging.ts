// Lists in pages: each page shows the state its first page was taken from.
import { StatusError } from '../../kernel/errors.ts'
import { groupOf, type KubeObject } from '../../kernel/object.ts'
import type { StoreEvent } from '../../kernel/object-store.ts'
import type { ListMeta } from '../http/rendering.ts'
import type { ObjectSource } from './object-source.ts'

/** What a list or watch looks at. */
export interface Scope {
  kind: { group: string; kind: string }
  /** All namespaces when left out. */
  namespace: string | undefined
}

export interface Page {
  objects: KubeObject[]
  metadata: ListMeta
}

interface Token {
  version: number
  /** The last object of the page before. */
  after: string
}

type Keep = (object: KubeObject) => boolean

/** The page a query asks for. Throws BadRequest for a broken token, Expired for one too old, Timeout for the future. */
export function pageOf(source: ObjectSource, scope: Scope, keep: Keep, query: URLSearchParams): Page {
  const limit = limitOf(query.get('limit'))
  const token = tokenOf(query.get('continue'))
  const version = token?.version ?? versionAsked(source, query)
  const after = token?.after
  const all = stateAt(source, scope, version).filter(keep)
  const from = after === undefined ? 0 : all.findIndex(object => keyOf(object) > after)
  const objects = from < 0 ? [] : all.slice(from, limit === 0 ? undefined : from + limit)
  const remaining = from < 0 ? 0 : all.length - from - objects.length
  const last = objects.at(-1)
  const resourceVersion = String(version)
  if (remaining === 0 || !last) return { objects, metadata: { resourceVersion } }
  const next = { continue: textOf({ version, after: keyOf(last) }), remainingItemCount: remaining }
  return { objects, metadata: { resourceVersion, ...next } }
}

/** The state of a past version: the present one with what happened since undone, the newest change first. */
function stateAt(source: ObjectSource, { kind, namespace }: Scope, version: number): KubeObject[] {
  const present = source.list(kind, namespace === undefined ? {} : { namespace })
  if (version === source.version) return present
  const since = source.since(version)
  if (!since) throw new StatusError('Expired', expired)
  const state = new Map(present.map(object => [keyOf(object), object]))
  for (const event of since.toReversed()) if (isIn(event.object, kind, namespace)) undo(state, event)
  return [...state.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

const expired = 'The provided continue parameter is too old to display a consistent list result. Start a new list.'

function undo(state: Map<string, KubeObject>, { object, before }: StoreEvent): void {
  if (before) state.set(keyOf(before), before)
  else state.delete(keyOf(object))
}

function isIn(object: KubeObject, kind: Scope['kind'], namespace: string | undefined): boolean {
  if (object.kind !== kind.kind || groupOf(object.apiVersion) !== kind.group) return false
  return namespace === undefined || object.metadata.namespace === namespace
}

const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}\0${metadata.name}`

function versionAsked(source: ObjectSource, query: URLSearchParams): number {
  const text = query.get('resourceVersion') ?? ''
  if (text !== '' && !/^\d+$/.test(text)) {
    throw new StatusError('BadRequest', `resourceVersion: Invalid value: "${text}": must be a number`)
  }
  const wanted = Number(text)
  if (wanted > source.version) {
    throw new StatusError('Timeout', `Too large resource version: ${wanted}, current: ${source.version}`)
  }
  // Without a match a version is the oldest that would do, and the newest always does.
  return query.get('resourceVersionMatch') === 'Exact' && wanted > 0 ? wanted : source.version
}

function limitOf(text: string | null): number {
  if (text === null || text === '') return 0
  if (/^\d+$/.test(text)) return Number(text)
  throw new StatusError('BadRequest', `limit: Invalid value: "${text}": must be a whole number`)
}

function textOf(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url')
}

function tokenOf(text: string | null): Token | undefined {
  if (text === null || text === '') return undefined
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<Token>
    if (typeof token.after === 'string' && Number.isSafeInteger(token.version)) return token as Token
  } catch {
    // Not even JSON: refused below like any other token that is not ours.
  }
  throw new StatusError('BadRequest', 'continue key is not valid: it is the one a list answered with')
}

// `headers` of rules and destinations: what is removed, set and added, and the host that is set among them.
import type { HeaderOperations, Headers } from '../../../api/istio/types.ts'
import type { HeaderOperation, HeaderRules } from '../../table/header-rules.ts'
import { compileHeaderValue } from './header-value.ts'

export interface CompiledHeaders {
  request: HeaderRules | undefined
  response: HeaderRules | undefined
  /** Set for `host` or `:authority`: Envoy rewrites the host to it, literally. `set` goes before `add`. */
  authority: string | undefined
}

const nothing: CompiledHeaders = { request: undefined, response: undefined, authority: undefined }

export function compileHeaders(headers: Headers | undefined): CompiledHeaders {
  if (!headers) return nothing
  const { request, response } = headers
  return {
    request: compileRules(request),
    response: compileRules(response),
    authority: authorityOf(request?.set) || authorityOf(request?.add) || undefined,
  }
}

/** `first`, then `second`: all that either removes is removed before anything is set, as in one list of Envoy's. */
export function removingAlso(first: HeaderRules | undefined, second: HeaderRules | undefined): HeaderRules | undefined {
  if (!second?.remove.length) return first
  const { remove = [], set = [], add = [] } = first ?? {}
  return { remove: [...remove, ...second.remove], set, add }
}

export function withoutRemoval(rules: HeaderRules | undefined): HeaderRules | undefined {
  if (!rules?.set.length && !rules?.add.length) return undefined
  return { remove: [], set: rules.set, add: rules.add }
}

function compileRules(operations: HeaderOperations | undefined): HeaderRules | undefined {
  if (!operations) return undefined
  const remove = (operations.remove ?? []).map(name => name.toLowerCase()).filter(name => !isInternal(name))
  const set = compileOperations(operations.set)
  const add = compileOperations(operations.add)
  return remove.length || set.length || add.length ? { remove, set, add } : undefined
}

/** In the order of the names as they are written: Istio sorts them so. */
function compileOperations(values: Readonly<Record<string, string>> | undefined): HeaderOperation[] {
  return Object.entries(values ?? {})
    .filter(([name]) => !isInternal(name.toLowerCase()))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name: name.toLowerCase(), value: compileHeaderValue(value) }))
}

/** What Envoy keeps for itself: pseudo headers, and the host, which is a rewrite. */
function isInternal(name: string): boolean {
  return name.startsWith(':') || name === 'host'
}

function authorityOf(values: Readonly<Record<string, string>> | undefined): string | undefined {
  return Object.entries(values ?? {}).findLast(([name]) => /^(host|:authority)$/i.test(name))?.[1]
}

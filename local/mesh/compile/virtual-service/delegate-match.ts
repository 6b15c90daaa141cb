// Whether a delegate's match lies within the root's, and the match that holds for both.
import type { HttpMatchRequest, StringMatch } from '../../../api/istio/types.ts'

/**
 * Every entry of the child with every entry of the root that it does not contradict. Undefined when one of the child's
 * entries finds no partner: the whole rule is then dropped, as by Istio.
 */
export function mergeMatches(
  root: readonly HttpMatchRequest[],
  child: readonly HttpMatchRequest[],
): HttpMatchRequest[] | undefined {
  if (!root.length || !child.length) return [...root, ...child]
  const merged = child.map(entry => root.filter(outer => !inConflict(outer, entry)).map(outer => merge(outer, entry)))
  return merged.every(({ length }) => length) ? merged.flat() : undefined
}

function merge(root: HttpMatchRequest, child: HttpMatchRequest): HttpMatchRequest {
  const gateways = child.gateways?.length ? child.gateways : root.gateways
  const name = joinNames(root.name, child.name)
  return {
    ...root,
    ...child,
    ...(name && { name }),
    headers: { ...root.headers, ...child.headers },
    withoutHeaders: { ...root.withoutHeaders, ...child.withoutHeaders },
    queryParams: { ...root.queryParams, ...child.queryParams },
    sourceLabels: { ...root.sourceLabels, ...child.sourceLabels },
    ...(gateways && { gateways }),
  }
}

function inConflict(root: HttpMatchRequest, child: HttpMatchRequest): boolean {
  return (
    textFields.some(field => contradicts(root[field], child[field])) ||
    textMaps.some(field =>
      Object.entries(child[field] ?? {}).some(([key, leaf]) => contradicts(root[field]?.[key], leaf)),
    ) ||
    (root.ignoreUriCase ?? false) !== (child.ignoreUriCase ?? false) ||
    Boolean(root.port && child.port && root.port !== child.port) ||
    Boolean(root.sourceNamespace && child.sourceNamespace !== root.sourceNamespace) ||
    labelsContradict(root.sourceLabels, child.sourceLabels) ||
    gatewaysContradict(root.gateways ?? [], child.gateways ?? [])
  )
}

const textFields = ['uri', 'scheme', 'method', 'authority'] as const
const textMaps = ['headers', 'withoutHeaders', 'queryParams'] as const

/** An exact value needs the same; a prefix needs a value that begins with it; a regex, or presence, stands with nothing. */
function contradicts(root: StringMatch | undefined, leaf: StringMatch | undefined): boolean {
  if (!root || !leaf) return false
  if (root.regex || leaf.regex) return true
  if (root.exact) return Boolean(leaf.prefix) || leaf.exact !== root.exact
  if (!root.prefix) return true
  return !(leaf.prefix || leaf.exact || '').startsWith(root.prefix)
}

function labelsContradict(root: HttpMatchRequest['sourceLabels'], child: HttpMatchRequest['sourceLabels']): boolean {
  return Object.entries(child ?? {}).some(([name, value]) => (root?.[name] ?? value) !== value)
}

function gatewaysContradict(root: readonly string[], child: readonly string[]): boolean {
  return root.length > 0 && child.some(name => !root.includes(name))
}

/** `ROOT-CHILD` */
export function joinNames(root: string | undefined, child: string | undefined): string {
  return [root, child].filter(Boolean).join('-')
}

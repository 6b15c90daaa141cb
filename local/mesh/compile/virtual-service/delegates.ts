// `delegate`: the rules of another VirtualService, narrowed by the rule that hands over to it.
import type { HttpRoute, VirtualService } from '../../../api/istio/types.ts'
import { createMemo } from '../carry-over.ts'
import { type BoundRule, type BoundVirtualService, bindVirtualService } from './bound-service.ts'
import { joinNames, mergeMatches } from './delegate-match.ts'
import { isExportedTo } from './names.ts'
import { olderFirst } from './order.ts'

/** In the order in which they count. An object without hosts is there only for delegation. */
export function bindVirtualServices(objects: readonly VirtualService[]): BoundVirtualService[] {
  const bound = objects.toSorted(olderFirst).map(object => binding.get(object, [], () => bindVirtualService(object)))
  const delegates = new Map(
    bound.filter(({ hosts }) => !hosts.length).map(one => [`${one.namespace}/${one.name}`, one]),
  )
  return bound.filter(({ hosts }) => hosts.length).map(root => withDelegates(root, delegates))
}

// An object that did not change is bound once, and with the same delegates once more.
const binding = createMemo<VirtualService, BoundVirtualService>()
const joined = createMemo<BoundVirtualService, BoundVirtualService>()

function withDelegates(
  root: BoundVirtualService,
  delegates: ReadonlyMap<string, BoundVirtualService>,
): BoundVirtualService {
  if (!root.rules.some(({ http }) => http.delegate)) return root
  const children = root.rules.map(({ http }) => childOf(root, http, delegates))
  return joined.get(root, children, () => ({
    ...root,
    rules: root.rules.flatMap((rule, index) => (rule.http.delegate ? delegated(root, rule, children[index]) : [rule])),
  }))
}

function childOf(
  root: BoundVirtualService,
  { delegate }: HttpRoute,
  delegates: ReadonlyMap<string, BoundVirtualService>,
): BoundVirtualService | undefined {
  return delegate && delegates.get(`${delegate.namespace || root.namespace}/${delegate.name}`)
}

/** A delegate that is not there, or not exported to the root's namespace, takes its rule with it. */
function delegated(root: BoundVirtualService, rule: BoundRule, child: BoundVirtualService | undefined): BoundRule[] {
  if (!child || !isExportedTo(child.exportTo, child.namespace, root.namespace)) return []
  return child.rules.flatMap(({ http, origin }) => {
    const joint = mergeRule(rule.http, http)
    return joint ? [{ http: joint, origin, merged: true }] : []
  })
}

/** Undefined when their matches contradict each other. The root's fields fill in what the child does not say. */
function mergeRule(root: HttpRoute, child: HttpRoute): HttpRoute | undefined {
  const match = mergeMatches(root.match ?? [], child.match ?? [])
  if (!match) return undefined
  const { delegate: _, route: __, redirect: ___, ...inherited } = root
  return { ...inherited, ...child, name: joinNames(root.name, child.name), match }
}

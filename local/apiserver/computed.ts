// Resources that are worked out when asked for: they can be read, but never written.
import type { Kind } from '../api/kind.ts'
import type { Clock } from '../kernel/clock.ts'
import type { KubeObject } from '../kernel/object.ts'
import { notFound } from '../kernel/refusals.ts'
import { methodNotAllowed, sendJson } from './errors.ts'
import { keyIn, type ResourceCall } from './resource-call.ts'
import { list, watch } from './resource-handlers.ts'
import { flag } from './watch-options.ts'

/** A kind whose objects nobody stores. */
export interface Computed {
  kind: Kind
  objects(): readonly KubeObject[]
}

/** Answers get, list and watch. */
export function handleComputed(call: ResourceCall, clock: Clock): void {
  if (call.request.method !== 'GET') throw methodNotAllowed()
  if (call.path.name !== undefined) sendJson(call.response, 200, call.rendering.one(one(call)))
  else if (flag(call.query.get('watch'))) watch(call, clock)
  else list(call)
}

function one(call: ResourceCall): KubeObject {
  const key = keyIn(call)
  const options = call.path.namespace === undefined ? {} : { namespace: call.path.namespace }
  const found = call.source.list(call.kind, options).find(({ metadata }) => metadata.name === key.name)
  if (!found) throw notFound(key)
  return found
}

// Resources that are worked out when asked for: they can be read, but never written.
import type { Kind } from '../../api/kind.ts'
import type { Clock } from '../../kernel/clock.ts'
import { StatusError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { notFound } from '../../kernel/refusals.ts'
import { sendJson } from '../http/errors.ts'
import type { Derived } from '../lists/object-source.ts'
import { flag } from '../lists/watch-options.ts'
import { keyIn, type ResourceCall } from '../verbs/resource-call.ts'
import { list, watch } from '../verbs/resource-handlers.ts'

/** A kind whose objects nobody stores. */
export interface Computed extends Derived {
  kind: Kind
  /** What to change instead, as a sentence: told to who wants to write. */
  instead?: string
}

/** Answers get, list and watch. Throws MethodNotAllowed for writes. */
export function handleComputed(call: ResourceCall, { instead }: Computed, clock: Clock): void {
  if (call.request.method !== 'GET') throw notWritten(call, instead)
  if (call.path.name !== undefined) sendJson(call.response, 200, call.rendering.one(one(call)))
  else if (flag(call.query.get('watch'))) watch(call, clock)
  else list(call)
}

function notWritten({ kind }: ResourceCall, instead = 'they follow from what the server serves'): StatusError {
  const resource = kind.group ? `${kind.plural}.${kind.group}` : kind.plural
  return new StatusError('MethodNotAllowed', `${resource} cannot be written here: ${instead}`)
}

function one(call: ResourceCall): KubeObject {
  const key = keyIn(call)
  const options = call.path.namespace === undefined ? {} : { namespace: call.path.namespace }
  const found = call.source.list(call.kind, options).find(({ metadata }) => metadata.name === key.name)
  if (!found) throw notFound(key)
  return found
}

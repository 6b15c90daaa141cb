// kubectl's client-side apply, as pure functions: the annotation it leaves, and the patch it computes from it.
import type { Json, KubeObject } from '../kernel/object.ts'
import { threeWayMerge } from './patch.ts'

export type ApplyOutcome = 'created' | 'configured' | 'unchanged'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** The object with its own text in the annotation of the last apply, as kubectl writes it. */
export function withLastApplied<T extends KubeObject>(object: T): T {
  const { [lastApplied]: _earlier, ...annotations } = object.metadata.annotations ?? {}
  const plain = { ...object, metadata: { ...object.metadata, annotations } }
  const text = `${JSON.stringify(sorted(plain as unknown as Json))}\n`
  return { ...plain, metadata: { ...plain.metadata, annotations: { ...annotations, [lastApplied]: text } } }
}

export interface ApplyPatchOptions {
  /** Leaves `spec.template` as it stands: it was applied a moment ago, and has its defaults by now. */
  keepTemplate?: boolean
}

/** The merge patch that brings `current` to `wanted`; undefined when nothing is to be done. */
export function applyPatchOf(
  current: KubeObject,
  wanted: KubeObject,
  { keepTemplate = false }: ApplyPatchOptions = {},
): Json | undefined {
  const [before, after] = [current, withLastApplied(wanted)] as unknown as [Json, Json]
  const patch = threeWayMerge(lastAppliedTo(current), before, after)
  return keepTemplate ? withoutTemplate(patch) : patch
}

function withoutTemplate(patch: Json | undefined): Json | undefined {
  const { spec, ...rest } = (patch ?? {}) as { spec?: { template?: Json } }
  const { template: _kept, ...others } = spec ?? {}
  const left = Object.keys(others).length > 0 ? { ...rest, spec: others } : rest
  return Object.keys(left).length > 0 ? left : undefined
}

/** What was applied last; undefined for an object that was created otherwise, or whose annotation is broken. */
function lastAppliedTo(object: KubeObject): Json | undefined {
  try {
    return JSON.parse(object.metadata.annotations?.[lastApplied] ?? 'null') ?? undefined
  } catch {
    return undefined
  }
}

/** The same value with the keys of every object in order. */
export function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, field]) => [name, sorted(field)]))
}

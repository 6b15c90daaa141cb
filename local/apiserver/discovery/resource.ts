// What discovery tells of one resource.
import type { Kind } from '../../api/kind.ts'

export interface Subresource {
  name: string
  /** The kind it answers with; that of the resource when left out. */
  kind?: { group: string; version: string; kind: string }
  verbs: readonly string[]
}

/** A kind, what may be done with it, and what lies below its objects. */
export interface Resource {
  kind: Pick<Kind, 'group' | 'versions' | 'kind' | 'plural' | 'singular' | 'shortNames' | 'categories' | 'namespaced'>
  verbs: readonly string[]
  subresources: readonly Subresource[]
}

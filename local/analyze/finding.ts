// What analysis tells of a set of manifests: a surprise on a real cluster, where it stands, and what to write instead.
import type { KubeObject } from '../kernel/object.ts'
import type { ManifestSet } from './manifest-set.ts'

/** An object that knows where it was written. */
export interface Located<T extends KubeObject = KubeObject> {
  object: T
  file: string
  /** Counted from 1; the nearest parent when the field is not there. */
  locate(path: string): { line: number; column: number }
}

/** What a rule says of one field of one object. */
export interface Remark {
  about: Located
  /** `spec.http[2].retries` */
  path: string
  /** One sentence: what happens, and why it surprises. */
  message: string
  /** What to write instead. */
  instead: string
}

export interface Finding {
  /** `shadowed-rule`: stable, for filters and documents. */
  code: string
  file: string
  line: number
  column: number
  message: string
  instead: string
}

/** Looks at a whole set, because most surprises lie between objects. */
export interface Rule {
  code: string
  find(set: ManifestSet): Iterable<Remark>
}

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

/** An `error` does not work on a cluster; a `warning` does something else than it seems to. */
export type Severity = 'error' | 'warning'

export interface Finding {
  /** `SK201`: stable, for filters and documents. The hundreds are the family of the rule. */
  id: string
  /** `shadowed-rule`: the same for people. */
  name: string
  severity: Severity
  file: string
  line: number
  column: number
  message: string
  /** Empty where the message says it. */
  instead: string
}

/** Looks at a whole set, because most surprises lie between objects. */
export interface Rule extends Pick<Finding, 'id' | 'name' | 'severity'> {
  find(set: ManifestSet): Iterable<Remark>
}

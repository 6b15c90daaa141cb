// What validation sees of an object.
import type { KubeObject } from '../../kernel/object.ts'

/** A decoded object: its spec, and who it is. */
export interface Subject<Spec> {
  spec: Spec
  name: string
  namespace: string
  labels: Record<string, string>
  annotations: Record<string, string>
}

/** An object without a namespace is judged as one of `default`, an object without a spec as one with an empty spec. */
export function subjectOf<Spec>(object: KubeObject): Subject<Spec> {
  const { name, namespace = 'default', labels = {}, annotations = {} } = object.metadata
  const { spec } = object as KubeObject & { spec?: Spec }
  return { spec: spec ?? ({} as Spec), name, namespace, labels, annotations }
}

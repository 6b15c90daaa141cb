// For tests: objects of a mesh as YAML writes them.
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../kernel/object.ts'
import { collectMeshObjects } from './collect-objects.ts'
import type { MeshObjects, Workload } from './mesh-objects.ts'

/** Documents without a namespace are of `default`. */
export function meshFromYaml(text: string, workloads: readonly Workload[] = []): MeshObjects {
  const documents = parseAllDocuments(text).map(document => document.toJS() as KubeObject | null)
  const objects = documents.filter(object => object !== null)
  return collectMeshObjects(
    objects.map(object => ({ ...object, metadata: { namespace: 'default', ...object.metadata } })),
    workloads,
  )
}

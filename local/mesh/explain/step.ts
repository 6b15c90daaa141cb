// A request on its way: what it looks like at one door.
import type { Manifest } from '../../manifests/manifest.ts'
import type { Identity } from '../../seams/identity.ts'
import type { MeshObjects } from '../compile/mesh-objects.ts'
import type { Entrance } from '../proxy/door.ts'
import type { MeshTable } from '../table/mesh-table.ts'

export interface ExplainedMesh {
  table: MeshTable
  /** What the table was made of, for the policies among them. */
  objects: MeshObjects
  /** Where the objects were written; what is not among them is named without a line. */
  manifests: readonly Written[]
}

/** An object of a file; of its content only the place counts here. */
export interface Written extends Pick<Manifest, 'object' | 'file'> {
  /** Where a field stands; the nearest parent when it is not there. */
  locate(path: string): { line: number }
}

export interface Step {
  mesh: ExplainedMesh
  method: string
  host: string
  target: string
  /** Names in lower case: `[name, value, …]`. */
  headers: readonly string[]
  entrance: Entrance
  /** Hops so far. */
  depth: number
}

/** The caller behind `ns/sa` and labels, each with its default. */
export function callerOf(from: string, labels: Readonly<Record<string, string>>): Identity {
  const [namespace, serviceAccount] = from.split('/')
  return { namespace: namespace || 'default', serviceAccount: serviceAccount || 'default', labels, name: 'caller' }
}

// The manifests of a project, in the order they are applied at boot.
import { projectFiles } from './files.ts'
import type { Manifest } from './manifest.ts'
import { type ReadOptions, type ReadResult, readManifests } from './read.ts'

/** Reads `istio/`, `eventing/` and `knative/` of a project, each optional. Files are named relative to the project. */
export async function readProject(project: string, options: Omit<ReadOptions, 'base'>): Promise<ReadResult> {
  const { documents, errors } = await readManifests(await projectFiles(project), { ...options, base: project })
  return { documents: inOrder(documents), errors }
}

/** Namespaces, then what configures others, then the rest as it comes. */
export function inOrder(manifests: Manifest[]): Manifest[] {
  return manifests.toSorted((a, b) => rank(a) - rank(b))
}

/** 0 for Namespaces, 1 for what others read when they are admitted or started, 2 for all else. */
export function rank({ object: { apiVersion, kind } }: Manifest): number {
  if (apiVersion !== 'v1') return 2
  if (kind === 'Namespace') return 0
  return ['ConfigMap', 'Secret', 'ServiceAccount'].includes(kind) ? 1 : 2
}

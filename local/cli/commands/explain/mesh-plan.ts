// What a mesh is made of, planned from a folder's YAML: plain data, so that it can be kept.
import { createRegistry } from '../../../api/registry.ts'
import { planCluster } from '../../../composition/network/planned-cluster.ts'
import { feedRoutes } from '../../../composition/network/routes.ts'
import { keptTexts } from '../../../composition/project/kept-texts.ts'
import { systemClock } from '../../../kernel/clock.ts'
import { SkiffError } from '../../../kernel/errors.ts'
import { silentLog } from '../../../kernel/log.ts'
import type { KubeObject } from '../../../kernel/object.ts'
import { seededRandom } from '../../../kernel/random.ts'
import type { Manifest } from '../../../manifests/manifest.ts'
import { readProject } from '../../../manifests/project.ts'
import { readManifests } from '../../../manifests/read.ts'
import type { MeshObjects } from '../../../mesh/compile/mesh-objects.ts'
import { refuseFlaws } from '../manifest-files.ts'

export interface MeshPlan {
  objects: MeshObjects
  namespaces: readonly string[]
  manifests: readonly PlannedManifest[]
}

/** An object of the YAML without its content. */
export interface PlannedManifest {
  file: string
  object: KubeObject
  /** The line of each field of the spec by its path, and of the whole by ''. */
  lines: Readonly<Record<string, number>>
}

/** `files` come after those of the folder, and replace objects of the same name. Flaws of them are a refusal. */
export async function planFiles(folder: string, files: readonly string[], now: number): Promise<MeshPlan> {
  const registry = createRegistry()
  const kept = keptTexts(folder, { paths: value => pathsOf('spec', (value as { spec?: unknown } | null)?.spec) })
  const project = await readProject(folder, { registry, now, kept })
  kept.save()
  const more = await readManifests([...files], { registry, now, base: folder, repeats: true })
  refuseFlaws(more.errors)
  return planOf([...project.documents, ...more.documents])
}

async function planOf(manifests: Manifest[]): Promise<MeshPlan> {
  const cluster = planCluster({ clock: systemClock, random: seededRandom(1) })
  try {
    refuseFlaws(await cluster.apply(manifests))
    let made: MeshObjects | undefined
    const setTable = (_table: unknown, objects: MeshObjects) => {
      made = objects
    }
    feedRoutes({ store: cluster.store, log: silentLog, setTable }).stop()
    if (!made) throw new SkiffError('no rules were made of this folder')
    const namespaces = cluster.store.list({ group: '', kind: 'Namespace' }).map(({ metadata }) => metadata.name)
    return { objects: made, namespaces, manifests: manifests.map(plannedManifest) }
  } finally {
    cluster.stop()
  }
}

function plannedManifest({ file, object, line, locate }: Manifest): PlannedManifest {
  const { apiVersion, kind, metadata, spec } = object as KubeObject & { spec?: unknown }
  const fields = [...pathsOf('spec', spec)].map(path => [path, locate(path).line] as const)
  return { file, object: { apiVersion, kind, metadata }, lines: Object.fromEntries([['', line], ...fields]) }
}

/** The paths of a value and of all that is in it. What a Service's pods are made of is never named as the cause of a route. */
function* pathsOf(path: string, value: unknown): Generator<string> {
  if (value === undefined || path === 'spec.template') return
  yield path
  if (typeof value !== 'object' || value === null) return
  const inside = Array.isArray(value)
    ? value.map((item, index) => [`${path}[${index}]`, item] as const)
    : Object.entries(value).map(([key, field]) => [`${path}.${key}`, field] as const)
  for (const [below, field] of inside) yield* pathsOf(below, field)
}

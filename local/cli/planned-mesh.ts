// The tables a cluster would route by, made of a folder's YAML alone.
import { createRegistry } from '../api/registry.ts'
import { systemClock } from '../kernel/clock.ts'
import { SkiffError } from '../kernel/errors.ts'
import { silentLog } from '../kernel/log.ts'
import { seededRandom } from '../kernel/random.ts'
import type { Manifest } from '../manifests/manifest.ts'
import { readProject } from '../manifests/project.ts'
import { readManifests } from '../manifests/read.ts'
import type { ExplainedMesh } from '../mesh/explain/step.ts'
import { planCluster } from '../planned-cluster.ts'
import { feedRoutes } from '../routes.ts'
import { refuseFlaws } from './commands/manifest-files.ts'

export interface PlannedMesh extends ExplainedMesh {
  namespaces: readonly string[]
}

/** `files` come after those of the folder, and replace objects of the same name. Flaws of them are a refusal. */
export async function planMesh(folder: string, files: readonly string[], now: number): Promise<PlannedMesh> {
  const registry = createRegistry()
  const project = await readProject(folder, { registry, now })
  const more = await readManifests([...files], { registry, now, base: folder, repeats: true })
  refuseFlaws(more.errors)
  return tablesOf([...project.documents, ...more.documents])
}

async function tablesOf(manifests: Manifest[]): Promise<PlannedMesh> {
  const cluster = planCluster({ clock: systemClock, random: seededRandom(1) })
  try {
    refuseFlaws(await cluster.apply(manifests))
    let made: Pick<ExplainedMesh, 'table' | 'objects'> | undefined
    const setTable: Parameters<typeof feedRoutes>[0]['setTable'] = (table, objects) => {
      made = { table, objects }
    }
    feedRoutes({ store: cluster.store, log: silentLog, setTable }).stop()
    if (!made) throw new SkiffError('no rules were made of this folder')
    const namespaces = cluster.store.list({ group: '', kind: 'Namespace' }).map(({ metadata }) => metadata.name)
    return { ...made, manifests, namespaces }
  } finally {
    cluster.stop()
  }
}

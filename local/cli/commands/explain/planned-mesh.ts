// The tables a cluster would route by, made of a folder's YAML alone; the plan behind them is kept until a text changes.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resultCache } from '../../../kernel/result-cache.ts'
import { manifestFiles, projectFiles } from '../../../manifests/files.ts'
import { compileMesh } from '../../../mesh/compile/compile.ts'
import type { ExplainedMesh } from '../../../mesh/explain/step.ts'
import type { MeshPlan, PlannedManifest } from './mesh-plan.ts'
import { programHash } from './program-hash.ts'

export interface PlannedMesh extends ExplainedMesh {
  namespaces: readonly string[]
}

const root = join(import.meta.dirname, '../../../..')
const plans = resultCache<MeshPlan>(join(root, 'node_modules', '.cache', 'skiff', 'plans'), 16)

/** `files` come after those of the folder, and replace objects of the same name. Flaws of them are a refusal. */
export async function planMesh(folder: string, files: readonly string[], now: number): Promise<PlannedMesh> {
  const key = await keyOf(folder, files)
  return meshOf(plans.read(key) ?? (await makePlan(key, folder, files, now)))
}

async function makePlan(key: string, folder: string, files: readonly string[], now: number): Promise<MeshPlan> {
  const { planFiles } = await import('./mesh-plan.ts')
  const plan = await planFiles(folder, files, now)
  // Not if a text changed meanwhile: then nobody knows which of the two was read.
  if ((await keyOf(folder, files)) === key) plans.write(key, plan)
  return plan
}

/** The hash of every text that counts, in order and with its path, and of the program. */
async function keyOf(folder: string, files: readonly string[]): Promise<string> {
  const paths = [...(await projectFiles(folder)), '', ...(await manifestFiles([...files])).files]
  const texts = await Promise.all(paths.map(path => readFile(path, 'utf8').catch(() => '')))
  const hash = createHash('sha256')
    .update(programHash(root))
    .update(JSON.stringify([folder, ...files]))
  for (const [index, path] of paths.entries()) hash.update(JSON.stringify([path, texts[index]]))
  return hash.digest('hex')
}

function meshOf({ objects, namespaces, manifests }: MeshPlan): PlannedMesh {
  return { objects, namespaces, table: compileMesh(objects), manifests: manifests.map(located) }
}

function located({ file, object, lines }: PlannedManifest): ExplainedMesh['manifests'][number] {
  return { file, object, locate: path => ({ line: lineAt(lines, path) }) }
}

/** The line of a field, or of its nearest parent that is there. */
function lineAt(lines: Readonly<Record<string, number>>, path: string): number {
  for (let at = path; at !== ''; at = at.replace(/(^|\.|\[)[^.[]*$/, '')) {
    const found = lines[at]
    if (found !== undefined) return found
  }
  return lines[''] ?? 1
}

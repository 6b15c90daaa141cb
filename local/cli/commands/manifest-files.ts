// What `apply -f` and `delete -f` share: the files of the command line as checked objects, or a refusal with all flaws.
import { createRegistry } from '../../api/registry.ts'
import { exitCodes, SkiffError } from '../../kernel/errors.ts'
import { formatManifestError, type Manifest, type ManifestError } from '../../manifests/manifest.ts'
import { readManifests } from '../../manifests/read.ts'
import type { CommandContext } from '../command.ts'

/** Objects of all files without a flaw, and the flaws of the others. Settings of the running system count. */
export async function readFiles(
  { api, terminal }: CommandContext,
  paths: string[],
): Promise<{ documents: Manifest[]; errors: ManifestError[] }> {
  type ConfigMap = { metadata: { namespace?: string; name: string }; data?: Record<string, string> }
  const { items } = await api.request<{ items: ConfigMap[] }>('GET', '/api/v1/configmaps')
  const config = (namespace: string, name: string) =>
    items.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name)?.data ?? {}
  return readManifests(paths, { registry: createRegistry(), base: terminal.cwd, config, now: terminal.now() })
}

/** Throws a refusal (exit code 3) that lists every flaw; nothing when there is none. */
export function refuseFlaws(errors: readonly ManifestError[]): void {
  if (errors.length === 0) return
  const lines = [...new Set(errors.map(formatManifestError))]
  throw new SkiffError(lines.length === 1 ? `refused: ${lines[0]}` : `refused:\n${lines.join('\n')}`, exitCodes.refused)
}

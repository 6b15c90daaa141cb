// What `apply -f` and `delete -f` share: the files of the command line as checked objects, or a refusal with all flaws.
import { resolve } from 'node:path'
import { createRegistry } from '../../api/registry.ts'
import { exitCodes, SkiffError } from '../../kernel/errors.ts'
import { formatManifestError, type Manifest, type ManifestError } from '../../manifests/manifest.ts'
import { readManifests } from '../../manifests/read.ts'
import type { CommandContext } from '../command.ts'

/** What stands for standard input on the command line, as in kubectl. */
const standardInput = '-'

/**
 * Objects of all files without a flaw, and the flaws of the others. Settings of the running system count. Paths are
 * relative to the terminal's folder; `-` reads standard input. An object may be written several times, as for kubectl.
 */
export async function readFiles(
  { api, terminal }: CommandContext,
  paths: string[],
): Promise<{ documents: Manifest[]; errors: ManifestError[] }> {
  type ConfigMap = { metadata: { namespace?: string; name: string }; data?: Record<string, string> }
  const { items } = await api.request<{ items: ConfigMap[] }>('GET', '/api/v1/configmaps')
  const config = (namespace: string, name: string) =>
    items.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name)?.data ?? {}
  const files = paths.filter(path => path !== standardInput).map(path => resolve(terminal.cwd, path))
  const given = paths.includes(standardInput) ? [{ file: 'standard input', text: await terminal.input() }] : []
  return readManifests(files, {
    registry: createRegistry(),
    base: terminal.cwd,
    config,
    now: terminal.now(),
    given,
    repeats: true,
  })
}

/** Throws a refusal (exit code 3) that lists every flaw; nothing when there is none. */
export function refuseFlaws(errors: readonly ManifestError[]): void {
  if (errors.length === 0) return
  const lines = [...new Set(errors.map(formatManifestError))]
  throw new SkiffError(lines.length === 1 ? `refused: ${lines[0]}` : `refused:\n${lines.join('\n')}`, exitCodes.refused)
}

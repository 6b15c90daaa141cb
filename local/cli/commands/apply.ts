// `skiff apply -f`: brings the objects of files to the running system, in kubectl's words.
import { validationWarnings } from '../../api/istio/kinds.ts'
import { createRegistry } from '../../api/registry.ts'
import { applyManifests } from '../../manifests/apply.ts'
import { formatManifestError, type Manifest } from '../../manifests/manifest.ts'
import { qualifiedName } from '../client/kind-paths.ts'
import { socketClient } from '../client/socket-client.ts'
import { waitReady } from '../client/wait-ready.ts'
import { type AddCommand, type CommandContext, commandOf, contextOf } from '../command.ts'
import type { Terminal } from '../terminal.ts'
import { readFiles, refuseFlaws } from './manifest-files.ts'

export const addApply: AddCommand = (program, terminal) => {
  program
    .command('apply')
    .description('apply manifests; a file with a flaw is not applied at all, other files are')
    .requiredOption('-f, --filename <path...>', 'files, folders with *.yaml files, or - for standard input')
    .action(async ({ filename }: { filename: string[] }, ...rest) => {
      await apply(contextOf(commandOf(rest), terminal), filename)
    })
}

/** Applies the files, says what became of each object, and refuses (exit code 3) when one has a flaw. */
export async function apply(context: CommandContext, paths: string[]): Promise<void> {
  const { api, terminal, settings } = context
  const registry = createRegistry()
  const read = await readFiles(context, paths)
  for (const one of read.documents) warn(terminal, one)
  const done: { object: string; outcome: string }[] = []
  const progress = ({ object }: Manifest, outcome: string) => {
    const kind = registry.of(object)
    const name = kind ? qualifiedName(kind, object.metadata.name) : object.metadata.name
    done.push({ object: name, outcome })
    if (!settings.json) terminal.out(`${name} ${outcome}\n`)
  }
  const client = socketClient(api, registry)
  const result = await applyManifests(client, read.documents, {
    applied: {},
    waitReady: one => waitReady(api, one),
    progress,
  })
  if (settings.json) terminal.out(`${JSON.stringify(done, null, 2)}\n`)
  refuseFlaws([...read.errors, ...result.errors])
}

/** What Istio's webhook would say aloud and let pass, each at its line. */
function warn({ err }: Terminal, { object, file, locate }: Manifest): void {
  for (const { path, message } of validationWarnings(object)) {
    err(`warning: ${formatManifestError({ file, ...locate(path), message })}\n`)
  }
}

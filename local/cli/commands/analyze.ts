// `skiff analyze`: what would surprise on a real cluster, found in YAML alone.
import { resolve } from 'node:path'
import { analyze } from '../../analyze/analyze.ts'
import type { Finding } from '../../analyze/finding.ts'
import { createRegistry } from '../../api/registry.ts'
import type { ManifestError } from '../../manifests/manifest.ts'
import { readProject } from '../../manifests/project.ts'
import { readManifests } from '../../manifests/read.ts'
import { type AddCommand, type CommandContext, commandOf, contextOf, ProgramEnded } from '../command.ts'

export const addAnalyze: AddCommand = (program, terminal) => {
  program
    .command('analyze')
    .description('say what in the YAML would surprise on a real cluster; 1 when there is anything')
    .argument('[path...]', 'files, or folders with *.yaml files; istio/, eventing/ and knative/ when left out')
    .action(async (paths: string[], ...rest) => {
      await analyzeFiles(contextOf(commandOf(rest), terminal), paths)
    })
}

/** Prints one finding a line. Ends with 1 when there is any, refusals of validation among them. */
export async function analyzeFiles(context: CommandContext, paths: string[]): Promise<void> {
  const { terminal, print } = context
  const options = { registry: createRegistry(), now: terminal.now(), repeats: true }
  const { documents, errors } =
    paths.length === 0
      ? await readProject(terminal.cwd, options)
      : await readManifests(
          paths.map(path => resolve(terminal.cwd, path)),
          { ...options, base: terminal.cwd },
        )
  const findings = [...errors.map(refusal), ...analyze(documents)]
  print(findings, () => report(findings, documents.length))
  if (findings.length > 0) throw new ProgramEnded(1)
}

function refusal({ file, line = 1, column = 1, message }: ManifestError): Finding {
  return { code: 'refused', file, line, column, message, instead: '' }
}

function report(findings: readonly Finding[], objects: number): string {
  if (findings.length === 0) return `nothing that would surprise on a cluster: ${objects} objects\n`
  return findings
    .map(({ code, file, line, column, message, instead }) => {
      const advice = instead === '' ? '' : `  write: ${instead}\n`
      return `${file}:${line}:${column}: ${message} [${code}]\n${advice}`
    })
    .join('')
}

// `skiff analyze`: what would surprise on a real cluster, found in YAML alone.
import { resolve } from 'node:path'
import type { Finding } from '../../analyze/finding.ts'
import { exitCodes } from '../../kernel/errors.ts'
import type { ManifestError } from '../../manifests/manifest.ts'
import { type AddCommand, type CommandContext, commandOf, contextOf, ProgramEnded } from '../command.ts'

interface AnalyzeOptions {
  strict?: boolean
  list?: boolean
}

export const addAnalyze: AddCommand = (program, terminal) => {
  program
    .command('analyze')
    .description('say what in the YAML would surprise on a real cluster; exit code 3 when it would not work')
    .argument(
      '[path...]',
      'files, or folders with *.yaml files, seen together with the folder’s own; all of it when left out',
    )
    .option('--strict', 'warnings count as errors')
    .option('--list', 'list the rules')
    .action(async (paths: string[], options: AnalyzeOptions, ...rest) => {
      const context = contextOf(commandOf(rest), terminal)
      if (options.list) await listRules(context)
      else await analyzeFiles(context, paths, options)
    })
}

/**
 * Prints one finding a line, what would be right below it. With paths, findings of their files alone: the rest of the
 * project is what they are seen against. Ends with 3 when there is an error, refusals of validation among them.
 */
async function analyzeFiles(context: CommandContext, paths: string[], { strict }: AnalyzeOptions): Promise<void> {
  const { analyzed, files, errors } = await readAll(context, paths)
  const { analyze } = await import('../../analyze/analyze.ts')
  const found = analyze(analyzed).filter(({ file }) => files === undefined || files.has(file))
  const findings = [...errors.map(refusal), ...found]
  context.print(findings, () => report(findings, analyzed.length))
  if (findings.some(({ severity }) => strict || severity === 'error')) throw new ProgramEnded(exitCodes.refused)
}

async function readAll({ terminal }: CommandContext, paths: string[]) {
  const [{ createRegistry }, { keptTexts }, { readProject }, { readManifests }] = await Promise.all([
    import('../../api/registry.ts'),
    import('../../composition/project/kept-texts.ts'),
    import('../../manifests/project.ts'),
    import('../../manifests/read.ts'),
  ])
  const options = { registry: createRegistry(), now: terminal.now(), repeats: true }
  const kept = keptTexts(terminal.cwd)
  const project = await readProject(terminal.cwd, { ...options, kept })
  kept.save()
  if (paths.length === 0) return { analyzed: project.documents, files: undefined, errors: project.errors }
  const absolute = paths.map(path => resolve(terminal.cwd, path))
  const { documents, errors } = await readManifests(absolute, { ...options, base: terminal.cwd })
  const files = new Set(documents.map(({ file }) => file))
  const replaced = new Set(documents.map(identityOf))
  const others = project.documents.filter(one => !files.has(one.file) && !replaced.has(identityOf(one)))
  return { analyzed: [...others, ...documents], files, errors }
}

function identityOf({ object: { apiVersion, kind, metadata } }: { object: Identified }) {
  return [apiVersion.split('/')[0], kind, metadata.namespace ?? 'default', metadata.name].join(' ')
}

interface Identified {
  apiVersion: string
  kind: string
  metadata: { namespace?: string; name: string }
}

/** What admission would say on a cluster. */
function refusal({ file, line = 1, column = 1, message }: ManifestError): Finding {
  return { id: 'SK001', name: 'refused', severity: 'error', file, line, column, message, instead: '' }
}

function report(findings: readonly Finding[], objects: number): string {
  if (findings.length === 0) return `nothing that would surprise on a cluster: ${objects} objects\n`
  const lines = findings.map(({ id, name, severity, file, line, column, message, instead }) => {
    const advice = instead === '' ? '' : `  write: ${instead}\n`
    return `${file}:${line}:${column}: ${severity}: ${message} [${id} ${name}]\n${advice}`
  })
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return `${lines.join('')}${counted(errors, 'error')}, ${counted(findings.length - errors, 'warning')}\n`
}

const counted = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`

async function listRules({ print }: CommandContext): Promise<void> {
  const { rules } = await import('../../analyze/analyze.ts')
  const listed = rules.map(({ id, name, severity }) => ({ id, name, severity }))
  print(listed, () => listed.map(({ id, name, severity }) => `${id}  ${severity.padEnd(7)}  ${name}\n`).join(''))
}

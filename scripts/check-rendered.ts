// What kustomize and helm make of the manifests, read as strictly as the manifests themselves.
import { glob } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createRegistry } from '../local/api/registry.ts'
import { formatManifestError, type Manifest } from '../local/manifests/manifest.ts'
import { readSources } from '../local/manifests/read.ts'
import { runProgram } from './program.ts'

export interface Rendered {
  /** The folder or the chart's command line. */
  name: string
  text: string
}

/** The folders with a kustomization that stands alone, relative to the project: bases and overlays. */
export async function kustomizations(root: string): Promise<string[]> {
  const folders: string[] = []
  for (const top of ['knative', 'istio', 'eventing', 'overlays']) {
    for await (const file of glob(`${top}/**/kustomization.yaml`, { cwd: root })) folders.push(dirname(file))
  }
  return folders.filter(folder => !folder.endsWith('/rabbitmq-brokers')).sort()
}

/** Rejects with what kustomize says. */
export async function kustomized(root: string, folder: string): Promise<Rendered> {
  return rendered(root, 'kubectl', ['kustomize', folder], folder)
}

/** The chart with its own values, or with those of a file too. Rejects with what helm says. */
export async function charted(root: string, ...flags: string[]): Promise<Rendered> {
  return rendered(root, 'helm', ['template', 'skiff', '.', ...flags], ['helm template', ...flags].join(' '))
}

async function rendered(root: string, program: string, args: string[], name: string): Promise<Rendered> {
  const { code, out, err } = await runProgram(program, args, root)
  if (code !== 0) throw new Error(`${name}: ${err.trim()}`)
  return { name, text: out }
}

/** The objects of a rendering. */
export function objectsOf({ name, text }: Rendered): Manifest[] {
  return readSources([{ file: name, text }], { registry: createRegistry() }).documents
}

/** What is said of kinds of operators that only a cluster has, here and by kubectl. */
export const foreignKind = /\bno (kind|matches for kind) "\w+" in version "(monitoring\.coreos\.com)\//

/** What the API would refuse, as lines; empty when it takes everything. */
export function refusals({ name, text }: Rendered): string {
  const { errors } = readSources([{ file: name, text }], { registry: createRegistry() })
  return errors
    .filter(({ message }) => !foreignKind.test(message))
    .map(formatManifestError)
    .join('\n')
}

// The ordered apply: what is new or changed since the last time, file by file, revisions one after the other.
import type { ApplyOutcome, ApplyPatchOptions } from '../api/apply.ts'
import { messageOf, StatusError } from '../kernel/errors.ts'
import type { GroupKind, KubeObject } from '../kernel/object.ts'
import type { Manifest, ManifestError } from './manifest.ts'
import { inOrder, rank } from './project.ts'
import { revisionsOf } from './read.ts'
import { applyRevisions } from './revisions.ts'

/** What apply needs of the API, in the process or over a socket. */
export interface ManifestClient {
  /** Rejects with NotFound. */
  get(kind: GroupKind, namespace: string, name: string): KubeObject | Promise<KubeObject>
  apply(object: KubeObject, options?: { dryRun?: boolean } & ApplyPatchOptions): Outcome | Promise<Outcome>
}

interface Outcome {
  outcome: ApplyOutcome
}

export interface ApplyOptions {
  /** What was applied the last time, content hash by manifest key; empty to apply everything. */
  applied: Readonly<Record<string, string>>
  /** Resolves when the Knative Service is Ready at its newest generation; rejects when it will not be. */
  waitReady(service: { namespace: string; name: string }): Promise<void>
  /** Services that are written revision by revision wait beside each other, and nothing else waits for them. */
  beside?: boolean
  /** Called after each document. */
  progress?(manifest: Manifest, outcome: ApplyOutcome): void
}

export interface ApplyResult {
  /** To be given as `applied` the next time. */
  applied: Record<string, string>
  errors: ManifestError[]
}

/**
 * Applies manifests in order. One flaw keeps back the whole file it is in; other files go on. Documents that stand in
 * the record with the same content are left alone, whatever the store holds by now.
 */
export async function applyManifests(
  client: ManifestClient,
  manifests: Manifest[],
  options: ApplyOptions,
): Promise<ApplyResult> {
  const result: ApplyResult = { applied: { ...options.applied }, errors: [] }
  const run = { client, options, result, verdicts: new Map<string, boolean>() }
  const all = inOrder(manifests)
  const stepping: Promise<void>[] = []
  for (const one of all) {
    const revisions = revisionsOf(one, all)
    if (!revisions) await applyOne(run, one, all)
    if (revisions?.[0] !== one) continue
    const steps = applyInSteps(run, revisions, all)
    if (options.beside) stepping.push(steps)
    else await steps
  }
  await Promise.all(stepping)
  return result
}

interface Run {
  client: ManifestClient
  options: ApplyOptions
  result: ApplyResult
  /** Whether a file may be applied. */
  verdicts: Map<string, boolean>
}

async function applyOne(run: Run, one: Manifest, all: Manifest[]): Promise<void> {
  const { client, options, result } = run
  if (options.applied[one.key] === one.hash) return
  // A document that stands alone in its file is its own trial.
  const isAlone = all.every(other => other === one || other.file !== one.file)
  if (rank(one) === 2 && !isAlone && !(await mayApply(run, one.file, all))) return
  try {
    const { outcome } = await client.apply(one.object)
    result.applied[one.key] = one.hash
    options.progress?.(one, outcome)
  } catch (error) {
    result.errors.push(located(one, error))
  }
}

/** Tries all of a file without storing anything, once. Namespaces and settings are applied by then. */
async function mayApply(run: Run, file: string, all: Manifest[]): Promise<boolean> {
  const known = run.verdicts.get(file)
  if (known !== undefined) return known
  const errors: ManifestError[] = []
  const due = all.filter(one => one.file === file && run.options.applied[one.key] !== one.hash)
  // Of a Service in steps the first alone: each further one is tried when the one before it stands.
  for (const one of due.filter(each => (revisionsOf(each, all)?.[0] ?? each) === each)) {
    try {
      await run.client.apply(one.object, { dryRun: true })
    } catch (error) {
      errors.push(located(one, error))
    }
  }
  run.result.errors.push(...errors)
  run.verdicts.set(file, errors.length === 0)
  return errors.length === 0
}

/** A flaw in one of the files keeps the Service as it is: its traffic counts on all revisions. */
async function applyInSteps(run: Run, revisions: Manifest[], all: Manifest[]): Promise<void> {
  const { client, options, result } = run
  for (const file of new Set(revisions.map(one => one.file))) if (!(await mayApply(run, file, all))) return
  for await (const step of applyRevisions(client, revisions, options)) {
    if ('error' in step) {
      result.errors.push(located(step.manifest, step.error))
      continue
    }
    result.applied[step.manifest.key] = step.manifest.hash
    options.progress?.(step.manifest, step.outcome)
  }
}

/** The error at the line of the field it names, as far as it names one. */
function located(manifest: Manifest, error: unknown): ManifestError {
  const message = messageOf(error)
  return { file: manifest.file, ...manifest.locate(fieldOf(error, message)), message }
}

function fieldOf(error: unknown, message: string): string {
  const causes = error instanceof StatusError ? (error.details?.causes as { field?: string }[] | undefined) : undefined
  return causes?.[0]?.field ?? /: ((?:spec|metadata|data)[.[][^\s,]*)/.exec(message)?.[1] ?? ''
}

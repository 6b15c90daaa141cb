// A Service written revision by revision: each document Ready before the next, the traffic set once at the end.
import type { ApplyOutcome } from '../api/apply.ts'
import type { Service, TrafficTarget } from '../api/serving/types.ts'
import { serving } from '../api/serving/types.ts'
import { StatusError } from '../kernel/errors.ts'
import type { ApplyOptions, ManifestClient } from './apply.ts'
import type { Manifest } from './manifest.ts'

export type RevisionStep = { manifest: Manifest } & ({ outcome: ApplyOutcome } | { error: unknown })

/**
 * Applies the documents of one Service in order. Until the last revision is Ready, traffic stays with the revisions
 * that serve now, by name: no request meets one that is not Ready. A document whose revision was applied before with
 * the same content is not gone through again. Ends at the first error.
 */
export async function* applyRevisions(
  client: ManifestClient,
  revisions: Manifest[],
  options: Pick<ApplyOptions, 'applied' | 'waitReady'>,
): AsyncGenerator<RevisionStep> {
  const { applied, waitReady } = options
  const last = revisions.at(-1)
  if (!last || revisions.every(one => applied[one.key] === one.hash)) return
  const changed = revisions.filter(one => !sameTemplate(applied[one.key], one.hash))
  // A changed document in the middle leaves its own template behind: the last one must follow it.
  const walk = changed.length > 0 && !changed.includes(last) ? [...changed, last] : changed
  let at = last
  try {
    for (at of walk) {
      const { outcome } = await client.apply(await heldBack(client, at))
      await waitReady(nameOf(at))
      if (at !== last) yield { manifest: at, outcome }
    }
    for (const one of revisions) if (one !== last && !walk.includes(one)) yield { manifest: one, outcome: 'unchanged' }
    at = last
    const { outcome } = await client.apply(last.object, { keepTemplate: walk.includes(last) })
    await waitReady(nameOf(last))
    yield { manifest: last, outcome: walk.includes(last) ? 'configured' : outcome }
  } catch (error) {
    yield { manifest: at, error }
  }
}

const templateOf = (hash: string) => hash.split('/')[0]
const sameTemplate = (before: string | undefined, now: string) =>
  before !== undefined && templateOf(before) === templateOf(now)

/** The document with the traffic of what exists; without any when it creates the Service, as nothing can be named yet. */
async function heldBack(client: ManifestClient, manifest: Manifest): Promise<Service> {
  const wanted = manifest.object as Service
  const { traffic: _final, ...spec } = wanted.spec
  const current = await find(client, manifest)
  const held = current?.spec.traffic && pinned(current.spec.traffic, current.status?.latestReadyRevisionName)
  return { ...wanted, spec: held ? { ...spec, traffic: held } : spec }
}

/** The same split, with the revision that is latest now in place of whichever will be. */
export function pinned(traffic: TrafficTarget[], latestReady: string | undefined): TrafficTarget[] {
  if (!latestReady) return traffic
  return traffic.map(target =>
    target.latestRevision ? { ...target, latestRevision: false, revisionName: latestReady } : target,
  )
}

async function find(client: ManifestClient, manifest: Manifest): Promise<Service | undefined> {
  const { namespace, name } = nameOf(manifest)
  try {
    return (await client.get(serving.service, namespace, name)) as Service
  } catch (error) {
    if (error instanceof StatusError && error.reason === 'NotFound') return undefined
    throw error
  }
}

function nameOf({ object: { metadata } }: Manifest): { namespace: string; name: string } {
  return { namespace: metadata.namespace ?? 'default', name: metadata.name }
}

// Resolves the images of revisions in the background, one resolution a revision at a time.
import type { Revision } from '../../api/serving/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import { failureOf, type InstanceFailure, type Instances } from '../../seams/instances.ts'

export type ContainerStatus = { name?: string; imageDigest?: string }

export type Resolution =
  | { state: 'pending' }
  | { state: 'resolved'; statuses: ContainerStatus[] }
  | { state: 'failed'; image: string; failure: InstanceFailure }

export interface Digests {
  /** What is known of a revision's images; the first call starts the resolution. A settled answer is given once. */
  resolve(revision: Revision): Resolution
  /** Resolves when no resolution is under way. */
  settled(): Promise<void>
}

/**
 * A registry takes a moment to say that it has no such image, and clients count on it: kn reads an object once after it
 * was written and then waits for a change. A failure that is there at that first look would never be seen.
 */
const failureAfterMs = 300

/** `done` is called when the answer for a revision has come. */
export function backgroundDigests(
  instances: Pick<Instances, 'resolve'>,
  clock: Pick<Clock, 'after'>,
  done: (revision: Revision) => void,
): Digests {
  const known = new Map<string, Resolution>()
  const running = new Set<Promise<void>>()
  const start = (uid: string, revision: Revision): Resolution => {
    const pending: Resolution = { state: 'pending' }
    known.set(uid, pending)
    const settle = (resolution: Resolution) => {
      known.set(uid, resolution)
      done(revision)
    }
    const run = resolveAll(instances, revision).then(resolution => {
      running.delete(run)
      if (resolution.state === 'failed') clock.after(failureAfterMs, () => settle(resolution))
      else settle(resolution)
    })
    running.add(run)
    return pending
  }
  return {
    resolve(revision) {
      const uid = revision.metadata.uid ?? ''
      const found = known.get(uid) ?? start(uid, revision)
      if (found.state !== 'pending') known.delete(uid)
      return found
    },
    async settled() {
      await Promise.all(running)
    },
  }
}

async function resolveAll(instances: Pick<Instances, 'resolve'>, { spec }: Revision): Promise<Resolution> {
  const statuses: ContainerStatus[] = []
  for (const { name, image } of spec.containers) {
    try {
      statuses.push({ name, imageDigest: await instances.resolve(image) })
    } catch (error) {
      return { state: 'failed', image, failure: failureOf(error, 'ContainerMissing') }
    }
  }
  return { state: 'resolved', statuses }
}

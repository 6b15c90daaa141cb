// `--watch`: a change of a function's source repoints the latest revision that runs it, and says so in its status.
import { watch } from 'node:fs'
import { join } from 'node:path'
import { type Revision, type Service, serving } from '../../api/serving/types.ts'
import type { Clock, Timer } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import { type GroupKind, keyOf, timestamp } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'

export interface SourceWatchOptions {
  projectDir: string
  store: ObjectStore
  clock: Clock
  log: Log
  /** The digest reference of an image as its source is now. */
  resolve(image: string): Promise<string>
  /** Called with the name of each revision repointed. */
  repointed(revision: string): void
}

/** Editors write a file in several steps: the source is looked at once it has been quiet for so long. */
const quietMs = 50
const pods: GroupKind = { group: '', kind: 'Pod' }

/** The annotation in a revision's status that says its image was replaced, when and by which digest. */
export const repointedAnnotation = 'skiff.dev/source-repointed'

/** Watches `functions/` until the result is called. */
export function watchSources(options: SourceWatchOptions): () => void {
  let timer: Timer | undefined
  const watcher = watch(join(options.projectDir, 'functions'), { recursive: true }, () => {
    timer?.cancel()
    timer = options.clock.after(quietMs, () => void repointAll(options))
  })
  watcher.on('error', error => options.log('error', `cannot watch functions/: ${error.message}`))
  return () => {
    timer?.cancel()
    watcher.close()
  }
}

/** Looks at the latest ready revision of every Service; resolves when all are up to date. */
export async function repointAll(options: SourceWatchOptions): Promise<void> {
  for (const service of options.store.list<Service>(serving.service)) {
    const { namespace = '' } = service.metadata
    const name = service.status?.latestReadyRevisionName
    const revision = name ? options.store.get<Revision>(serving.revision, namespace, name) : undefined
    if (!revision) continue
    try {
      await repoint(options, revision)
    } catch (error) {
      // A source that does not build keeps the image it had; the next change is looked at again.
      options.log('error', `${namespace}/${name} keeps its image: ${messageOf(error)}`)
    }
  }
}

async function repoint({ store, clock, resolve, repointed }: SourceWatchOptions, revision: Revision): Promise<void> {
  const before = revision.status?.containerStatuses ?? []
  const after = await Promise.all(
    revision.spec.containers.map(async ({ name, image }) => ({ name, imageDigest: await resolve(image) })),
  )
  if (after.every(({ imageDigest }, index) => imageDigest === before[index]?.imageDigest)) return
  const { namespace = '', name } = revision.metadata
  const current = store.get<Revision>(serving.revision, namespace, name)
  if (!current) return
  const note = `${timestamp(clock.now())} ${after.map(one => one.imageDigest).join(' ')}`
  const annotations = { ...current.status?.annotations, [repointedAnnotation]: note }
  store.updateStatus({ ...current, status: { ...current.status, annotations, containerStatuses: after } })
  const labels = { 'serving.knative.dev/revision': name }
  for (const pod of store.list(pods, { namespace, labels })) store.delete(keyOf(pod))
  repointed(name)
}

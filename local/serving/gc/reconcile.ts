// Deletes the revisions of a configuration that config-gc no longer keeps.
import { labels } from '../../api/serving/labels.ts'
import { type Configuration, type Revision, serving } from '../../api/serving/types.ts'
import type { ReconcileResult } from '../../kernel/controller.ts'
import { keyOf } from '../../kernel/object.ts'
import { type ServingContext, splitKey } from '../context.ts'
import { revisionsToDelete } from './collect.ts'

/** Revisions grow stale by time alone, so configurations with spare ones are looked at this often. */
const againMs = 3_600_000

export function collectRevisions({ store, clock, configs }: ServingContext, key: string): ReconcileResult {
  const { namespace, name } = splitKey(key)
  const configuration = store.get<Configuration>(serving.configuration, namespace, name)
  if (!configuration) return
  const revisions = store.list<Revision>(serving.revision, { namespace, labels: { [labels.configuration]: name } })
  for (const revision of revisionsToDelete(configs.gc(), configuration, revisions, clock.now()))
    store.delete(keyOf(revision))
  return revisions.length > 1 ? { againAfterMs: againMs } : undefined
}

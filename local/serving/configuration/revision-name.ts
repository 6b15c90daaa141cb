// Whether the name a template brings is free, already its own revision, or taken by another.
import { labels } from '../../api/serving/labels.ts'
import { type Configuration, type Revision, serving } from '../../api/serving/types.ts'
import { equal } from '../../kernel/equal.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { isControlledBy } from '../context.ts'

export type RevisionNameState = 'free' | 'own' | 'taken'

/**
 * The state of the name in `spec.template.metadata.name`; a template without one is `free`. A revision counts as own
 * when this generation made it, or when its spec is the template's (configuration.go CheckNameAvailability).
 */
export function revisionNameState(store: ObjectStore, configuration: Configuration): RevisionNameState {
  const revision = namedRevision(store, configuration)
  if (!revision) return 'free'
  if (!isControlledBy(revision, configuration)) return 'taken'
  const generation = revision.metadata.labels?.[labels.configurationGeneration]
  if (generation === String(configuration.metadata.generation)) return 'own'
  return equal(revision.spec, configuration.spec.template.spec) ? 'own' : 'taken'
}

/** The revision of the name the template brings, whoever made it. */
export function namedRevision(store: ObjectStore, configuration: Configuration): Revision | undefined {
  const name = configuration.spec.template.metadata?.name
  return name ? store.get<Revision>(serving.revision, configuration.metadata.namespace ?? '', name) : undefined
}

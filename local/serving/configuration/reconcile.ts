// Stamps out a revision for each generation of a Configuration and follows which is the latest, made and ready.
import { labels } from '../../api/serving/labels.ts'
import { type Configuration, type Revision, serving } from '../../api/serving/types.ts'
import { conditionOf, type Finding, isTrue, settleConditions } from '../../kernel/conditions.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { type ServingContext, splitKey, writeStatus } from '../context.ts'
import { makeRevision } from './resources.ts'
import { namedRevision, revisionNameState } from './revision-name.ts'

const conditionSet = { happy: 'Ready', dependents: [] }

export function reconcileConfiguration(context: ServingContext, key: string): undefined {
  const { namespace, name } = splitKey(key)
  const configuration = context.store.get<Configuration>(serving.configuration, namespace, name)
  if (!configuration || configuration.metadata.deletionTimestamp) return
  const { finding, ...fields } = reconcileRevisions(context, configuration)
  const before = configuration.status?.conditions
  const conditions = settleConditions(conditionSet, before, { Ready: finding }, context.clock.now())
  writeStatus(context.store, configuration, { ...configuration.status, ...fields, conditions })
}

interface Latest {
  finding: Finding
  latestCreatedRevisionName?: string
  latestReadyRevisionName?: string
}

function reconcileRevisions(context: ServingContext, configuration: Configuration): Latest {
  const { store, clock } = context
  const { template } = configuration.spec
  if (revisionNameState(store, configuration) === 'taken') {
    const name = template.metadata?.name
    const message = `Revision creation failed with message: revisions.serving.knative.dev "${name}" already exists.`
    return { finding: { status: 'False', reason: 'RevisionFailed', message } }
  }
  const created = latestCreated(store, configuration) ?? store.create(makeRevision(configuration, clock.now()))
  const ready = latestReady(store, configuration, created)
  const latestCreatedRevisionName = created.metadata.name
  const latestReadyRevisionName = ready?.metadata.name ?? configuration.status?.latestReadyRevisionName
  return { finding: readiness(created, latestReadyRevisionName), latestCreatedRevisionName, latestReadyRevisionName }
}

/** The revision of this generation, or the one whose name the template brings. */
function latestCreated(store: ObjectStore, configuration: Configuration): Revision | undefined {
  const generation = String(configuration.metadata.generation)
  const ofGeneration = (one: Revision) => one.metadata.labels?.[labels.configurationGeneration] === generation
  return namedRevision(store, configuration) ?? revisionsOf(store, configuration).find(ofGeneration)
}

function revisionsOf(store: ObjectStore, { metadata }: Configuration): Revision[] {
  const { namespace = '', name } = metadata
  return store.list<Revision>(serving.revision, { namespace, labels: { [labels.configuration]: name } })
}

/**
 * The newest ready revision, never older than the one that was latest before: an old revision that comes back to life
 * takes no traffic. A revision named by the template counts as the newest whatever its generation.
 */
function latestReady(store: ObjectStore, configuration: Configuration, created: Revision): Revision | undefined {
  const revisions = revisionsOf(store, configuration)
  const before = revisions.find(one => one.metadata.name === configuration.status?.latestReadyRevisionName)
  const age = (one: Revision) => (one === created ? Number.POSITIVE_INFINITY : generationOf(one))
  const notOlder = (one: Revision) => !before || one === created || generationOf(one) >= generationOf(before)
  return revisions.filter(one => isReady(one) && notOlder(one)).sort((a, b) => age(b) - age(a))[0]
}

function generationOf({ metadata }: Revision): number {
  return Number(metadata.labels?.[labels.configurationGeneration]) || 0
}

/** Ready, and for the spec as it stands. */
export function isReady(revision: Revision): boolean {
  return revision.status?.observedGeneration === revision.metadata.generation && isTrue(revision.status?.conditions)
}

function readiness(created: Revision, latestReadyName: string | undefined): Finding {
  const ready = conditionOf(created.status?.conditions, 'Ready')
  const { name } = created.metadata
  if (ready?.status === 'False') {
    const message = `Revision "${name}" failed with message: ${ready.message ?? ''}.`
    return { status: 'False', reason: 'RevisionFailed', message }
  }
  return { status: latestReadyName === name ? 'True' : 'Unknown' }
}

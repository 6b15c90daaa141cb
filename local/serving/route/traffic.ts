// Resolves a route's traffic to revisions: each target's revision, or the reason why it has none.
import { labels } from '../../api/serving/labels.ts'
import { type Configuration, type Revision, type Route, serving, type TrafficTarget } from '../../api/serving/types.ts'
import { conditionOf, type Finding } from '../../kernel/conditions.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { isReady } from '../configuration/reconcile.ts'
import { protocolOf } from '../revision/resources.ts'
import type { ConfigurationRollout, Rollout } from './rollout.ts'
import { rolloutOf } from './rollout.ts'

/** The tag of the route's main host. */
export const mainHost = ''

/** A target with its revision found. */
export interface RevisionTarget {
  tag: string
  revisionName: string
  configurationName: string
  latestRevision: boolean
  percent: number
  protocol: 'http1' | 'h2c'
}

export interface Traffic {
  /** In the order of the spec; those of one tag and revision as one. */
  targets: RevisionTarget[]
  /** By tag, the main host first; shares of one revision are summed. */
  byTag: Map<string, RevisionTarget[]>
}

/** Traffic, or the finding that says why it cannot be assigned. */
export type Resolved = { traffic: Traffic } | { problem: Finding }

/** Resolves all targets; a failed one outweighs one that is not ready yet (traffic.go BuildTrafficConfiguration). */
export function resolveTraffic(store: ObjectStore, route: Route): Resolved {
  const results = (route.spec.traffic ?? []).map(target => resolveTarget(store, route, target))
  const problems = results.flatMap(one => ('problem' in one ? [one.problem] : []))
  const problem = problems.findLast(one => one.status === 'False') ?? problems[0]
  if (problem) return { problem }
  return { traffic: trafficOf(results.flatMap(one => ('target' in one ? [one.target] : []))) }
}

type TargetResult = { target: RevisionTarget } | { problem: Finding }

function resolveTarget(store: ObjectStore, route: Route, target: TrafficTarget): TargetResult {
  const namespace = route.metadata.namespace ?? ''
  let revisionName = target.revisionName
  if (!revisionName) {
    const name = target.configurationName ?? ''
    const configuration = store.get<Configuration>(serving.configuration, namespace, name)
    if (!configuration) return { problem: missing('Configuration', name) }
    revisionName = configuration.status?.latestReadyRevisionName
    if (!revisionName) return { problem: unreadyConfiguration(configuration) }
  }
  const revision = store.get<Revision>(serving.revision, namespace, revisionName)
  if (!revision) return { problem: missing('Revision', revisionName) }
  if (!isReady(revision)) return { problem: unreadyRevision(revision) }
  return { target: targetOf(target, revision) }
}

function targetOf(target: TrafficTarget, revision: Revision): RevisionTarget {
  return {
    tag: target.tag ?? mainHost,
    revisionName: revision.metadata.name,
    configurationName: target.configurationName ?? revision.metadata.labels?.[labels.configuration] ?? '',
    latestRevision: target.latestRevision ?? !target.revisionName,
    percent: target.percent ?? 0,
    protocol: protocolOf(revision),
  }
}

function trafficOf(targets: RevisionTarget[]): Traffic {
  const byTag = new Map<string, RevisionTarget[]>([[mainHost, consolidate(targets)]])
  for (const tag of [...new Set(targets.map(one => one.tag))].filter(Boolean).sort()) {
    byTag.set(tag, consolidate(targets.filter(one => one.tag === tag)))
  }
  const same = (a: RevisionTarget, b: RevisionTarget) =>
    a.tag === b.tag && a.revisionName === b.revisionName && a.latestRevision === b.latestRevision
  return { targets: summed(targets, same), byTag }
}

/** A host's targets by revision; a lone one gets everything, as tags do whatever their share of the main host is. */
function consolidate(targets: RevisionTarget[]): RevisionTarget[] {
  const merged = summed(targets, (a, b) => a.revisionName === b.revisionName)
  return merged.length === 1 ? merged.map(one => ({ ...one, percent: 100 })) : merged
}

function summed(targets: RevisionTarget[], same: (a: RevisionTarget, b: RevisionTarget) => boolean): RevisionTarget[] {
  const merged: RevisionTarget[] = []
  for (const target of targets) {
    const index = merged.findIndex(one => same(one, target))
    const found = merged[index]
    if (found) merged[index] = { ...found, percent: found.percent + target.percent }
    else merged.push(target)
  }
  return merged
}

/** What the rollout would be if all traffic moved at once: one entry a tag and configuration that follows its latest. */
export function rolloutGoal({ byTag }: Traffic): Rollout {
  const goals: ConfigurationRollout[] = []
  for (const [tag, targets] of byTag) {
    for (const { latestRevision, percent, configurationName, revisionName } of targets) {
      if (!latestRevision || percent === 0) continue
      const revisions = [{ revisionName, percent }]
      goals.push({ configurationName, ...(tag ? { tag } : {}), percent, revisions, stepParams: {} })
    }
  }
  return rolloutOf(goals)
}

/** The entry of a rollout that decides a target's shares. */
export function rolloutFor(rollout: Rollout, tag: string, target: RevisionTarget): ConfigurationRollout | undefined {
  if (!target.latestRevision) return undefined
  const of = (one: ConfigurationRollout) =>
    (one.tag ?? mainHost) === tag && one.configurationName === target.configurationName
  return rollout.configurations?.find(of)
}

function missing(kind: string, name: string): Finding {
  return { status: 'False', reason: `${kind}Missing`, message: `${kind} "${name}" referenced in traffic not found.` }
}

function unreadyConfiguration({ metadata, status }: Configuration): Finding {
  const failed =
    status?.observedGeneration === metadata.generation && conditionOf(status?.conditions, 'Ready')?.status === 'False'
  const message = failed
    ? `Configuration "${metadata.name}" does not have any ready Revision.`
    : `Configuration "${metadata.name}" is waiting for a Revision to become ready.`
  return { status: failed ? 'False' : 'Unknown', reason: 'RevisionMissing', message }
}

function unreadyRevision({ metadata, status }: Revision): Finding {
  const failed = conditionOf(status?.conditions, 'Ready')?.status === 'False'
  const message = failed
    ? `Revision "${metadata.name}" failed to become ready.`
    : `Revision "${metadata.name}" is not yet ready.`
  return { status: failed ? 'False' : 'Unknown', reason: 'RevisionMissing', message }
}

// The part of a source's status that all sources share: where the sink is, and the conditions that follow from it.
import type { SourceSpec, SourceStatus } from '../../api/sources/types.ts'
import { type Finding, settleConditions } from '../../kernel/conditions.ts'
import type { KubeObject } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { type Resolved, refersTo, resolveDestination } from '../reconcile/destination.ts'

export type Source = KubeObject & { spec: SourceSpec; status?: SourceStatus }

export const identity: Finding = { status: 'True', reason: 'authentication-oidc feature disabled' }

export function sinkOf(store: ObjectStore, { spec, metadata }: Source): Resolved {
  return resolveDestination(store, spec.sink, metadata.namespace ?? '')
}

export function refersToSink({ spec, metadata }: Source, changed: KubeObject): boolean {
  return refersTo(spec.sink, metadata.namespace ?? '', changed)
}

/** The status with these dependent conditions; what is not found out without a sink stays as it was. */
export function sourceStatus(
  source: Source,
  sink: Resolved,
  found: Record<string, Finding>,
  dependents: readonly string[],
  now: number,
): SourceStatus {
  const findings = {
    OIDCIdentityCreated: identity,
    ...('url' in sink ? { SinkProvided, ...found } : { SinkProvided: notFound }),
  }
  return {
    conditions: settleConditions({ happy: 'Ready', dependents }, source.status?.conditions, findings, now),
    observedGeneration: source.metadata.generation ?? 1,
    ...('url' in sink ? { sinkUri: sink.url } : {}),
  }
}

const SinkProvided: Finding = { status: 'True' }
const notFound: Finding = { status: 'False', reason: 'NotFound' }

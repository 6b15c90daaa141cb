// SinkBindings: K_SINK and K_CE_OVERRIDES in the containers of their subjects, which makes a new revision of a Service.
import { type SinkBinding, sources } from '../../api/sources/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Finding } from '../../kernel/conditions.ts'
import { groupOf, type KubeObject } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import type { KindController } from '../reconcile/controllers.ts'
import { resourceOf } from '../reconcile/destination.ts'
import { hasPod, type WithPod, withVariables } from './pod-template.ts'
import { selects } from './selectors.ts'
import { identity, refersToSink, sinkOf, sourceStatus } from './source-status.ts'

/** Keeps a binding until its subjects are as they were before it. */
const finalizer = 'sinkbindings.sources.knative.dev'

const conditions = [
  'OIDCIdentityCreated',
  'OIDCTokenSecretCreated',
  'SinkBindingAvailable',
  'SinkProvided',
  'TrustBundlePropagated',
]

export function sinkBindingController(store: ObjectStore, clock: Clock): KindController<SinkBinding> {
  return {
    kind: sources.sinkBinding,
    reconcile(binding) {
      const { finalizers = [], deletionTimestamp } = binding.metadata
      if (deletionTimestamp) {
        for (const subject of subjectsOf(store, binding)) write(store, subject, [])
        const metadata = { ...binding.metadata, finalizers: finalizers.filter(one => one !== finalizer) }
        store.update({ ...binding, metadata })
        return
      }
      if (!finalizers.includes(finalizer)) {
        store.update({ ...binding, metadata: { ...binding.metadata, finalizers: [...finalizers, finalizer] } })
        return
      }
      const sink = sinkOf(store, binding)
      const SinkBindingAvailable = 'url' in sink ? bind(store, binding, sink.url) : { status: 'Unknown' as const }
      const found = { OIDCTokenSecretCreated: identity, TrustBundlePropagated: ready, SinkBindingAvailable }
      store.updateStatus({ ...binding, status: sourceStatus(binding, sink, found, conditions, clock.now()) })
    },
    concerns: (binding, changed) => refersToSink(binding, changed) || isSubject(binding, changed),
  }
}

const ready: Finding = { status: 'True' }

function bind(store: ObjectStore, binding: SinkBinding, url: string): Finding {
  const { subject, ceOverrides } = binding.spec
  const variables = [
    { name: 'K_SINK', value: url },
    { name: 'K_CE_OVERRIDES', value: ceOverrides ? JSON.stringify(ceOverrides) : '' },
  ]
  const subjects = subjectsOf(store, binding)
  if (subject.name && subjects.length === 0) {
    const resource = [resourceOf(subject.kind), groupOf(subject.apiVersion)].filter(Boolean).join('.')
    return { status: 'False', reason: 'SubjectMissing', message: `${resource} "${subject.name}" not found` }
  }
  for (const one of subjects) {
    const refusal = write(store, one, variables)
    if (refusal) return { status: 'False', reason: 'SubjectUnavailable', message: refusal }
  }
  return ready
}

/** Writes the variables; says why where a cluster would refuse it: a named revision may not change. */
function write(
  store: ObjectStore,
  subject: WithPod,
  variables: Parameters<typeof withVariables>[1],
): string | undefined {
  const { template } = subject.spec
  const pod = withVariables(template.spec, variables)
  if (pod === template.spec) return undefined
  const named = template.metadata?.name
  if (named) return `revision ${named} of ${subject.metadata.name} is named, so its containers cannot be given K_SINK`
  store.update({ ...subject, spec: { ...subject.spec, template: { ...template, spec: pod } } })
  return undefined
}

function subjectsOf(store: ObjectStore, binding: SinkBinding): WithPod[] {
  const { subject } = binding.spec
  const kind = { group: groupOf(subject.apiVersion), kind: subject.kind }
  const all = store.list(kind, { namespace: binding.metadata.namespace ?? '' })
  return all.filter(one => isSubject(binding, one)).filter(hasPod)
}

function isSubject({ spec: { subject }, metadata }: SinkBinding, { apiVersion, kind, ...object }: KubeObject): boolean {
  if (kind !== subject.kind || groupOf(apiVersion) !== groupOf(subject.apiVersion)) return false
  if (object.metadata.namespace !== metadata.namespace) return false
  return subject.name
    ? object.metadata.name === subject.name
    : subject.selector !== undefined && selects(subject.selector, object.metadata.labels)
}

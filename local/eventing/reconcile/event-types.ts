// EventTypes: whether what they refer to exists.
import { type EventType, eventing } from '../../api/eventing/types.ts'
import type { Clock } from '../../kernel/clock.ts'
import { type Finding, settleConditions } from '../../kernel/conditions.ts'
import { groupOf } from '../../kernel/object.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import type { KindController } from './controllers.ts'
import { refersTo } from './destination.ts'

const conditions = { happy: 'Ready', dependents: ['ReferenceExists'] }

export function eventTypeController(store: ObjectStore, clock: Clock): KindController<EventType> {
  return {
    kind: eventing.eventType,
    reconcile(eventType) {
      const { metadata, status } = eventType
      const ReferenceExists = referenceFinding(store, eventType)
      const settled = settleConditions(conditions, status?.conditions, { ReferenceExists }, clock.now())
      const observedGeneration = metadata.generation ?? 1
      store.updateStatus({ ...eventType, status: { conditions: settled, observedGeneration } })
    },
    concerns({ spec, metadata }, changed) {
      const { reference } = spec
      return reference !== undefined && refersTo({ ref: reference }, metadata.namespace ?? '', changed)
    },
  }
}

function referenceFinding(store: ObjectStore, { spec, metadata }: EventType): Finding {
  const { reference } = spec
  if (!reference) return { status: 'True', reason: 'ReferenceNotSet', message: 'spec.reference is not set' }
  const { apiVersion = 'v1', kind, name, namespace = metadata.namespace ?? '' } = reference
  if (store.get({ group: groupOf(apiVersion), kind }, namespace, name)) return { status: 'True' }
  const message = 'Resource in spec.reference does not exist'
  return { status: 'False', reason: 'ResourceDoesNotExist', message }
}

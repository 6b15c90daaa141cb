// The kind Trigger (eventing.knative.dev/v1): schema, columns, defaults, validation.
import type { FieldError } from '../../kernel/errors.ts'
import { inPrintOrder } from '../flaws.ts'
import type { AdmissionContext, Kind } from '../kind.ts'
import { anything, object, objectSchema, string } from '../schema.ts'
import { setDestinationDefaults, setUserInfo } from './admission.ts'
import { deliveryFlaws, destinationFlaws, immutableFlaws } from './flaws.ts'
import { attributesFilter, delivery, destination, statusSchema } from './schema.ts'
import type { Trigger } from './types.ts'

/** The label by which triggers of one broker are found. */
export const brokerLabel = 'eventing.knative.dev/broker'

export const triggerKind: Kind = {
  group: 'eventing.knative.dev',
  versions: ['v1'],
  kind: 'Trigger',
  plural: 'triggers',
  singular: 'trigger',
  categories: ['all', 'knative', 'eventing'],
  namespaced: true,
  status: true,
  webhook: 'validation.webhook.eventing.knative.dev',
  schema: objectSchema({
    // `filters` is known here so that its refusal can say what to use instead.
    spec: object({ broker: string, filter: attributesFilter, filters: anything, subscriber: destination, delivery }),
    status: statusSchema({ subscriberUri: string }),
  }),
  columns: [
    { name: 'Broker', type: 'string', path: '.spec.broker' },
    { name: 'Subscriber_URI', type: 'string', path: '.status.subscriberUri' },
    { name: 'Age', type: 'date', path: '.metadata.creationTimestamp' },
    { name: 'Ready', type: 'string', path: ".status.conditions[?(@.type=='Ready')].status" },
    { name: 'Reason', type: 'string', path: ".status.conditions[?(@.type=='Ready')].reason" },
  ],
  setDefaults: (object, context) => setTriggerDefaults(object as Trigger, context),
  validate: (object, context) => triggerFlaws(object as Trigger, context),
}

function setTriggerDefaults(trigger: Trigger, context: AdmissionContext): void {
  trigger.spec ??= { broker: '', subscriber: {} }
  trigger.spec.filter ??= {}
  if (trigger.spec.broker) {
    trigger.metadata.labels = { ...trigger.metadata.labels, [brokerLabel]: trigger.spec.broker }
  }
  setDestinationDefaults(trigger.spec.subscriber, trigger)
  setDestinationDefaults(trigger.spec.delivery?.deadLetterSink, trigger)
  setUserInfo(trigger, context)
}

function triggerFlaws(trigger: Trigger, context: AdmissionContext): FieldError[] {
  const { broker, filter, subscriber, delivery } = trigger.spec
  const before = context.before as Trigger | undefined
  return inPrintOrder([
    ...(broker ? [] : [{ path: 'spec.broker', message: 'missing field(s)' }]),
    ...filterFlaws(filter?.attributes ?? {}),
    ...dialectFlaws(trigger.spec),
    ...destinationFlaws(subscriber, 'spec.subscriber'),
    ...deliveryFlaws(delivery, 'spec.delivery', context),
    ...(before ? immutableFlaws(before.spec.broker, broker, 'broker, spec') : []),
  ])
}

function filterFlaws(attributes: Record<string, string>): FieldError[] {
  const wrong = Object.keys(attributes).filter(name => !/^[a-z][a-z0-9]*$/.test(name))
  return wrong.map(name => ({
    path: `spec.filter.attributes[${name}]`,
    message: `invalid key name ${JSON.stringify(name)}`,
    details: 'Attribute name must start with a letter and can only contain lowercase alphanumeric',
  }))
}

function dialectFlaws(spec: Trigger['spec'] & { filters?: unknown }): FieldError[] {
  if (spec.filters === undefined) return []
  const details = 'Filter dialects are not supported here: use spec.filter.attributes'
  return [{ path: 'spec.filters', message: 'must not set the field(s)', details }]
}

// The kind Trigger (eventing.knative.dev/v1): schema, columns, defaults, validation.
import type { FieldError } from '../../kernel/errors.ts'
import { inPrintOrder } from '../flaws.ts'
import type { AdmissionContext, Kind } from '../kind.ts'
import { object, objectSchema, string } from '../schema.ts'
import { setDestinationDefaults, setUserInfo } from './admission.ts'
import { ageAndReady } from './columns.ts'
import { attributeNameFlaws, filterListFlaws } from './filters.ts'
import { deliveryFlaws, destinationFlaws, immutableFlaws } from './flaws.ts'
import { attributesFilter, delivery, destination, filterList, statusSchema } from './schema.ts'
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
  openSpec: true,
  webhook: 'validation.webhook.eventing.knative.dev',
  schema: objectSchema({
    spec: object({ broker: string, filter: attributesFilter, filters: filterList, subscriber: destination, delivery }),
    status: statusSchema({ subscriberUri: string }),
  }),
  columns: [
    { name: 'Broker', type: 'string', path: '.spec.broker' },
    { name: 'Subscriber_URI', type: 'string', path: '.status.subscriberUri' },
    ...ageAndReady,
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
  const { broker, filter, filters, subscriber, delivery } = trigger.spec
  const before = context.before as Trigger | undefined
  return inPrintOrder([
    ...(broker ? [] : [{ path: 'spec.broker', message: 'missing field(s)' }]),
    ...attributeNameFlaws(filter?.attributes, 'spec.filter.attributes'),
    ...filterListFlaws(filters, 'spec.filters'),
    ...destinationFlaws(subscriber, 'spec.subscriber'),
    ...deliveryFlaws(delivery, 'spec.delivery', context),
    ...(before ? immutableFlaws(before.spec.broker, broker, 'broker, spec') : []),
  ])
}

// The kind Subscription (messaging.knative.dev/v1): a channel's events to a subscriber, its answers to a reply address.
import type { FieldError } from '../../kernel/errors.ts'
import { setDestinationDefaults, setUserInfo } from '../eventing/admission.ts'
import { ageAndReady } from '../eventing/columns.ts'
import { deliveryFlaws, destinationFlaws, immutableFlaws } from '../eventing/flaws.ts'
import { delivery, destination, reference, statusSchema } from '../eventing/schema.ts'
import type { Destination } from '../eventing/types.ts'
import { inPrintOrder, missing } from '../flaws.ts'
import type { AdmissionContext, Kind } from '../kind.ts'
import { described, object, objectSchema, string } from '../schema.ts'
import type { Subscription } from './types.ts'

const physicalSubscription = object({ subscriberUri: string, replyUri: string, deadLetterSinkUri: string })

export const subscriptionKind: Kind = {
  group: 'messaging.knative.dev',
  versions: ['v1'],
  kind: 'Subscription',
  plural: 'subscriptions',
  singular: 'subscription',
  shortNames: ['sub'],
  categories: ['all', 'knative', 'messaging'],
  namespaced: true,
  status: true,
  webhook: 'validation.webhook.eventing.knative.dev',
  schema: objectSchema({
    spec: object({
      channel: described('The channel whose events are delivered.', reference),
      subscriber: described('Receives the events.', destination),
      reply: described('Receives the events that the subscriber answers with.', destination),
      delivery,
    }),
    status: statusSchema({ physicalSubscription }),
  }),
  columns: ageAndReady,
  setDefaults(object, context) {
    const { spec } = object as Subscription
    for (const one of [spec?.subscriber, spec?.reply, spec?.delivery?.deadLetterSink]) {
      setDestinationDefaults(one, object)
    }
    setUserInfo(object, context)
  },
  validate: (object, context) => inPrintOrder(subscriptionFlaws(object as Subscription, context)),
}

function subscriptionFlaws({ spec }: Subscription, context: AdmissionContext): FieldError[] {
  const before = context.before as Subscription | undefined
  const { channel, subscriber, reply } = spec ?? {}
  if (!channel || Object.values(channel).every(value => !value)) {
    return [{ ...missing('spec.channel'), details: 'the Subscription must reference a channel' }]
  }
  return [
    ...channelFlaws(channel),
    ...(isEmpty(subscriber)
      ? [{ ...missing('spec.subscriber'), details: 'the Subscription must reference a subscriber' }]
      : destinationFlaws(subscriber, 'spec.subscriber')),
    ...(isEmpty(reply) ? [] : destinationFlaws(reply, 'spec.reply')),
    ...deliveryFlaws(spec.delivery, 'spec.delivery', context),
    ...(before ? immutableFlaws(before.spec.channel, channel, 'spec') : []),
  ]
}

// A channel of another namespace needs a feature that is off (eventing pkg/apis/messaging/v1/subscribable_channelable_validation.go).
function channelFlaws(channel: Subscription['spec']['channel']): FieldError[] {
  const path = 'spec.channel'
  return [
    ...(['name', 'kind', 'apiVersion'] as const)
      .filter(field => !channel[field])
      .map(field => missing(`${path}.${field}`)),
    ...(channel.namespace
      ? [
          {
            path: `${path}.namespace`,
            message: 'must not set the field(s)',
            details:
              'only name, apiVersion and kind are supported fields when feature.CrossNamespaceEventLinks is disabled',
          },
        ]
      : []),
  ]
}

const isEmpty = (destination: Destination | undefined) => !destination?.ref && !destination?.uri

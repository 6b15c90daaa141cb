// The kind InMemoryChannel (messaging.knative.dev/v1). Here it is as durable as a broker: the same log carries it.
import type { FieldError } from '../../kernel/errors.ts'
import { setDestinationDefaults, setUserInfo } from '../eventing/admission.ts'
import { ageAndReady, urlColumn } from '../eventing/columns.ts'
import { inPrintOrder } from '../flaws.ts'
import type { AdmissionContext, Kind } from '../kind.ts'
import { objectSchema } from '../schema.ts'
import { subscribableAnnotation } from './channel.ts'
import { channelSpec, channelStatus } from './schema.ts'
import type { InMemoryChannel } from './types.ts'

const scopeAnnotation = 'eventing.knative.dev/scope'

export const inMemoryChannelKind: Kind = {
  group: 'messaging.knative.dev',
  versions: ['v1'],
  kind: 'InMemoryChannel',
  plural: 'inmemorychannels',
  singular: 'inmemorychannel',
  shortNames: ['imc'],
  categories: ['all', 'knative', 'messaging', 'channel'],
  namespaced: true,
  status: true,
  webhook: 'inmemorychannel.eventing.knative.dev',
  schema: objectSchema({ spec: channelSpec(), status: channelStatus() }),
  columns: [urlColumn, ...ageAndReady],
  setDefaults(object, context) {
    const channel = object as InMemoryChannel
    channel.metadata.annotations = { [subscribableAnnotation]: 'v1', ...channel.metadata.annotations }
    channel.spec ??= {}
    setDestinationDefaults(channel.spec.delivery?.deadLetterSink, channel)
    setUserInfo(channel, context)
  },
  validate: (object, context) => inMemoryChannelFlaws(object as InMemoryChannel, context),
}

// The list of subscribers belongs to the controller of Subscriptions, which writes past admission.
function inMemoryChannelFlaws({ spec, metadata }: InMemoryChannel, context: AdmissionContext): FieldError[] {
  const before = context.before as InMemoryChannel | undefined
  const subscribers = spec.subscribers ?? []
  const lost = subscribers.flatMap((one, index) => (one.subscriberUri || one.replyUri ? [] : [index]))
  const changed = before && JSON.stringify(before.spec.subscribers ?? []) !== JSON.stringify(subscribers)
  return inPrintOrder([
    ...lost.map(index => ({
      path: ['replyURI', 'subscriberURI'].map(field => `spec.subscribable.subscriber[${index}].${field}`).join(', '),
      message: 'missing field(s)',
      details: 'expected at least one of, got none',
    })),
    ...scopeFlaws(metadata.annotations?.[scopeAnnotation]),
    ...(changed ? [{ path: 'spec.subscribers', message: changedBy(context.user) }] : []),
  ])
}

const controller = 'system:serviceaccount:knative-eventing:eventing-controller'
const changedBy = (user: string) =>
  `Channel.Spec.Subscribers changed by user ${user} which was not the ${controller} service account`

function scopeFlaws(scope: string | undefined): FieldError[] {
  if (scope === undefined || scope === 'cluster' || scope === 'namespace') return []
  const path = `metadata.annotations[${scopeAnnotation}]`
  return [{ path, message: `invalid value: ${scope}`, details: "expected either 'cluster' or 'namespace'" }]
}

// The kind Channel (messaging.knative.dev/v1): a channel of whatever kind its template names.
import type { FieldError } from '../../kernel/errors.ts'
import { setDestinationDefaults, setUserInfo } from '../eventing/admission.ts'
import { ageAndReady, urlColumn } from '../eventing/columns.ts'
import { deliveryFlaws, immutableFlaws } from '../eventing/flaws.ts'
import { reference } from '../eventing/schema.ts'
import { inPrintOrder } from '../flaws.ts'
import type { AdmissionContext, Kind } from '../kind.ts'
import { objectSchema } from '../schema.ts'
import { channelTemplateFlaws, channelTemplateSchema, defaultChannelTemplate } from './channel-template.ts'
import { channelSpec, channelStatus } from './schema.ts'
import type { Channel } from './types.ts'

/** Says which shape of subscribers a channel has. */
export const subscribableAnnotation = 'messaging.knative.dev/subscribable'

export const channelKind: Kind = {
  group: 'messaging.knative.dev',
  versions: ['v1'],
  kind: 'Channel',
  plural: 'channels',
  singular: 'channel',
  shortNames: ['ch'],
  categories: ['all', 'knative', 'messaging', 'channel'],
  namespaced: true,
  status: true,
  webhook: 'validation.webhook.eventing.knative.dev',
  schema: objectSchema({
    spec: channelSpec({ channelTemplate: channelTemplateSchema }),
    status: channelStatus({ channel: reference }),
  }),
  columns: [urlColumn, ...ageAndReady],
  setDefaults: (object, context) => setChannelDefaults(object as Channel, context),
  validate: (object, context) => channelFlaws(object as Channel, context),
}

function setChannelDefaults(channel: Channel, context: AdmissionContext): void {
  channel.metadata.annotations = { [subscribableAnnotation]: 'v1', ...channel.metadata.annotations }
  channel.spec ??= {}
  channel.spec.channelTemplate ??= defaultChannelTemplate(channel.metadata.namespace, context)
  setDestinationDefaults(channel.spec.delivery?.deadLetterSink, channel)
  setUserInfo(channel, context)
}

function channelFlaws({ spec }: Channel, context: AdmissionContext): FieldError[] {
  const before = context.before as Channel | undefined
  const { subscribers, ...rest } = spec
  const { subscribers: _old, ...restBefore } = before?.spec ?? {}
  return inPrintOrder([
    ...channelTemplateFlaws(spec.channelTemplate, 'spec.channelTemplate'),
    ...(subscribers?.length ? [{ path: 'spec.subscribable.subscribers', message: 'must not set the field(s)' }] : []),
    ...deliveryFlaws(spec.delivery, 'spec.delivery', context),
    ...(before ? immutableFlaws(restBefore, rest, 'spec') : []),
  ])
}

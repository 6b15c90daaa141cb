// The kind Sequence (flows.knative.dev/v1): a channel and a subscription for each step.
import type { FieldError } from '../../kernel/errors.ts'
import { setDestinationDefaults, setUserInfo } from '../eventing/admission.ts'
import { ageAndReady, urlColumn } from '../eventing/columns.ts'
import { deliveryFlaws, destinationFlaws } from '../eventing/flaws.ts'
import { addressable, delivery, destination, reference, statusSchema } from '../eventing/schema.ts'
import { inPrintOrder, missing } from '../flaws.ts'
import type { AdmissionContext, Kind } from '../kind.ts'
import { channelTemplateFlaws, channelTemplateSchema, defaultChannelTemplate } from '../messaging/channel-template.ts'
import { array, described, object, objectSchema, string } from '../schema.ts'
import { channelStatus, subscriptionStatus } from './schema.ts'
import type { Sequence } from './types.ts'

export const sequenceKind: Kind = {
  group: 'flows.knative.dev',
  versions: ['v1'],
  kind: 'Sequence',
  plural: 'sequences',
  singular: 'sequence',
  categories: ['all', 'knative', 'flows'],
  namespaced: true,
  status: true,
  webhook: 'validation.webhook.eventing.knative.dev',
  schema: objectSchema({
    spec: object({
      steps: described('Where events go, in order.', array(object({ ref: reference, uri: string, delivery }))),
      channelTemplate: channelTemplateSchema,
      reply: described('Receives what the last step answers.', destination),
    }),
    status: statusSchema({
      address: addressable,
      channelStatuses: array(channelStatus),
      subscriptionStatuses: array(subscriptionStatus),
    }),
  }),
  columns: [urlColumn, ...ageAndReady],
  setDefaults(object, context) {
    const sequence = object as Sequence
    sequence.spec ??= { steps: [] }
    sequence.spec.channelTemplate ??= defaultChannelTemplate(sequence.metadata.namespace, context)
    for (const one of [...(sequence.spec.steps ?? []), sequence.spec.reply]) setDestinationDefaults(one, sequence)
    setUserInfo(sequence, context)
  },
  validate: (object, context) => inPrintOrder(sequenceFlaws(object as Sequence, context)),
}

function sequenceFlaws({ spec }: Sequence, context: AdmissionContext): FieldError[] {
  const steps = spec.steps ?? []
  return [
    ...(steps.length === 0 ? [missing('spec.steps')] : []),
    ...steps.flatMap((step, index) => {
      const path = `spec.steps[${index}]`
      const flaws = [...destinationFlaws(step, path), ...deliveryFlaws(step.delivery, `${path}.delivery`, context)]
      return invalidItem(flaws, path)
    }),
    ...channelTemplateFlaws(spec.channelTemplate, 'spec.channelTemplate'),
    ...(spec.reply ? destinationFlaws(spec.reply, 'spec.reply') : []),
  ]
}

/** An item with flaws as Knative reports it: the item alone; here with what is wrong below it. */
export function invalidItem(flaws: readonly FieldError[], path: string): FieldError[] {
  if (flaws.length === 0) return []
  const details = inPrintOrder(flaws).map(flaw => `${flaw.message}: ${flaw.path}`)
  return [{ path, message: 'invalid value', details: details.join('\n') }]
}

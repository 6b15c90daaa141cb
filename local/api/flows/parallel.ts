// The kind Parallel (flows.knative.dev/v1): one channel for all, and a filter, a channel and a subscription each branch.
import type { FieldError } from '../../kernel/errors.ts'
import { setDestinationDefaults, setUserInfo } from '../eventing/admission.ts'
import { ageAndReady, urlColumn } from '../eventing/columns.ts'
import { destinationFlaws } from '../eventing/flaws.ts'
import { addressable, delivery, destination, statusSchema } from '../eventing/schema.ts'
import { inPrintOrder, missing } from '../flaws.ts'
import type { Kind } from '../kind.ts'
import { channelTemplateFlaws, channelTemplateSchema, defaultChannelTemplate } from '../messaging/channel-template.ts'
import { array, described, object, objectSchema } from '../schema.ts'
import { channelStatus, subscriptionStatus } from './schema.ts'
import { invalidItem } from './sequence.ts'
import type { Parallel } from './types.ts'

const branch = object({
  filter: described('Answers with the event to let it pass.', destination),
  subscriber: destination,
  reply: described('Receives what the subscriber answers; the reply of all branches unless set.', destination),
  delivery,
})

export const parallelKind: Kind = {
  group: 'flows.knative.dev',
  versions: ['v1'],
  kind: 'Parallel',
  plural: 'parallels',
  singular: 'parallel',
  categories: ['all', 'knative', 'flows'],
  namespaced: true,
  status: true,
  webhook: 'validation.webhook.eventing.knative.dev',
  schema: objectSchema({
    spec: object({ branches: array(branch), channelTemplate: channelTemplateSchema, reply: destination }),
    status: statusSchema({
      address: addressable,
      ingressChannelStatus: channelStatus,
      branchStatuses: array(
        object({
          filterSubscriptionStatus: subscriptionStatus,
          filterChannelStatus: channelStatus,
          subscriberSubscriptionStatus: subscriptionStatus,
        }),
      ),
    }),
  }),
  columns: [urlColumn, ...ageAndReady],
  setDefaults(object, context) {
    const parallel = object as Parallel
    parallel.spec ??= { branches: [] }
    parallel.spec.channelTemplate ??= defaultChannelTemplate(parallel.metadata.namespace, context)
    const branches = parallel.spec.branches ?? []
    for (const one of branches.flatMap(({ filter, subscriber, reply }) => [filter, subscriber, reply])) {
      setDestinationDefaults(one, parallel)
    }
    setDestinationDefaults(parallel.spec.reply, parallel)
    setUserInfo(parallel, context)
  },
  validate: object => inPrintOrder(parallelFlaws(object as Parallel)),
}

function parallelFlaws({ spec }: Parallel): FieldError[] {
  const branches = spec.branches ?? []
  return [
    ...(branches.length === 0 ? [missing('spec.branches')] : []),
    ...branches.flatMap(({ filter, subscriber, reply }, index) => [
      ...(filter ? part('filter', index, destinationFlaws(filter, `spec.branches[${index}].filter`)) : []),
      ...part('subscriber', index, destinationFlaws(subscriber, `spec.branches[${index}].subscriber`)),
      ...(reply ? part('reply', index, destinationFlaws(reply, `spec.branches[${index}].reply`)) : []),
    ]),
    ...channelTemplateFlaws(spec.channelTemplate, 'spec.channelTemplate'),
    ...(spec.reply ? destinationFlaws(spec.reply, 'spec.reply') : []),
  ]
}

// Knative counts the branch behind the field's name.
const part = (field: string, index: number, flaws: readonly FieldError[]) =>
  invalidItem(flaws, `spec.branches.${field}[${index}]`)

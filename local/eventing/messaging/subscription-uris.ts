// The addresses a Subscription needs: subscriber, reply and dead-letter sink, resolved in that order.
import type { Destination } from '../../api/eventing/types.ts'
import type { InMemoryChannel, Subscription } from '../../api/messaging/types.ts'
import type { ObjectStore } from '../../kernel/object-store.ts'
import { resolveDestination } from '../reconcile/destination.ts'

export type Found = NonNullable<NonNullable<Subscription['status']>['physicalSubscription']>

/** The first address that could not be found, in the words of Knative's reconciler. */
export class NotResolved {
  readonly reason: string
  readonly message: string

  constructor(reason: string, message: string) {
    this.reason = reason
    this.message = message
  }
}

/** Everything the subscription refers to. */
export function destinationsOf({ spec }: Subscription): Destination[] {
  return [spec.subscriber, spec.reply, spec.delivery?.deadLetterSink].filter(one => one !== undefined)
}

/** All addresses, or the first that is missing. The dead-letter sink is that of the channel where it has none itself. */
export function resolveAll(
  store: ObjectStore,
  { spec, metadata }: Subscription,
  channel: InMemoryChannel,
): Found | NotResolved {
  const found: Found = {}
  const wanted = [
    ['subscriberUri', spec.subscriber, 'SubscriberResolveFailed', 'spec.subscriber'],
    ['replyUri', spec.reply, 'ReplyResolveFailed', 'spec.reply'],
    ['deadLetterSinkUri', spec.delivery?.deadLetterSink, lostSink, 'spec.delivery.deadLetterSink'],
  ] as const
  for (const [field, destination, reason, path] of wanted) {
    if (!destination?.ref && !destination?.uri) continue
    const resolved = resolveDestination(store, destination, metadata.namespace ?? '')
    if ('error' in resolved) return new NotResolved(reason, `Failed to resolve ${path}: ${resolved.error}`)
    found[field] = resolved.url
  }
  if (found.deadLetterSinkUri || !channel.spec.delivery?.deadLetterSink) return found
  const inherited = channel.status?.deadLetterSinkUri
  if (inherited) return { ...found, deadLetterSinkUri: inherited }
  return new NotResolved(lostSink, `channel ${channel.metadata.name} didn't set status.deadLetterSinkURI`)
}

const lostSink = 'DeadLetterSinkResolveFailed'

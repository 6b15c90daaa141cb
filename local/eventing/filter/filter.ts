// What a filter is, and which one a trigger has: one file per dialect beside this one.
import type { Trigger } from '../../api/eventing/types.ts'
import type { CloudEvent } from '../cloudevents/event.ts'
import { attributesFilter } from './attributes.ts'
import { subscriptionsFilters } from './subscriptions.ts'

/** True when the event concerns the trigger. Pure, and called for each event of the broker. */
export type Filter = (event: CloudEvent) => boolean

/** The filter a trigger asks for: `filters` where it has any, else `filter`. Without both every event matches. */
export function filterOf({ filter, filters }: Pick<Trigger['spec'], 'filter' | 'filters'>): Filter {
  if (!filters || filters.length === 0) return attributesFilter(filter?.attributes ?? {})
  const judge = subscriptionsFilters(filters)
  return event => judge(event) !== 'fail'
}

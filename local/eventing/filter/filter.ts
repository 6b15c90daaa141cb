// What a filter is, and which one a trigger has: one file per dialect beside this one.
import type { Trigger } from '../../api/eventing/types.ts'
import type { CloudEvent } from '../cloudevents/event.ts'
import { attributesFilter } from './attributes.ts'

/** True when the event concerns the trigger. Pure, and called for each event of the broker. */
export type Filter = (event: CloudEvent) => boolean

/** The filter a trigger asks for. Without one every event matches. */
export function filterOf(spec: Trigger['spec']): Filter {
  return attributesFilter(spec.filter?.attributes ?? {})
}

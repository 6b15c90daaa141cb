// Why a trigger takes an event or not, in words: the filter that decides, and what it found.
import { dialectsOf } from '../../api/eventing/filters.ts'
import type { SubscriptionsFilter, Trigger } from '../../api/eventing/types.ts'
import type { CloudEvent } from '../cloudevents/event.ts'
import { filterOf } from './filter.ts'
import { subscriptionsFilters } from './subscriptions.ts'

export interface Explanation {
  matched: boolean
  /** `filter.attributes: type is order.paid, not order.created`; `no filter`. */
  by: string
}

export function explainFilter(spec: Pick<Trigger['spec'], 'filter' | 'filters'>, event: CloudEvent): Explanation {
  const matched = filterOf(spec)(event)
  if (spec.filters && spec.filters.length > 0) return { matched, by: byFilters(spec.filters, event, matched) }
  const wanted = Object.entries(spec.filter?.attributes ?? {})
  if (wanted.length === 0) return { matched, by: 'no filter' }
  return { matched, by: `filter.attributes: ${byAttributes(wanted, event)}` }
}

function byAttributes(wanted: readonly [string, string][], { attributes }: CloudEvent): string {
  const wrong = wanted.find(
    ([name, value]) => attributes[name] === undefined || (value !== '' && attributes[name] !== value),
  )
  if (!wrong) return wanted.map(([name]) => `${name} is ${attributes[name]}`).join(', ')
  const [name, value] = wrong
  const actual = attributes[name]
  if (actual === undefined) return `the event has no ${name}`
  return `${name} is ${actual}, not ${value}`
}

// All must pass: the first that does not is the reason.
function byFilters(filters: readonly SubscriptionsFilter[], event: CloudEvent, matched: boolean): string {
  if (matched) return filters.map((filter, index) => named(filter, index)).join(', ')
  const index = filters.findIndex(filter => subscriptionsFilters([filter])(event) === 'fail')
  const filter = filters[index]
  return filter ? `${named(filter, index)}: ${JSON.stringify(Object.values(filter)[0])}` : 'filters'
}

const named = (filter: SubscriptionsFilter, index: number) => `filters[${index}].${dialectsOf(filter)[0] ?? 'empty'}`

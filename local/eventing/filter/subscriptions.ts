// A filter of the CloudEvents Subscriptions API made ready: the dialect it names, with those it nests.
import { dialectsOf } from '../../api/eventing/filters.ts'
import type { SubscriptionsFilter } from '../../api/eventing/types.ts'
import { matches, ParseError, parse } from '../../cesql/cesql.ts'
import { stringDialects, stringFilter } from './strings.ts'
import { all, any, type Judge, not } from './verdict.ts'

/** Judges that all filters of the list pass. Those that cannot be made are left out, as Knative leaves them. */
export function subscriptionsFilters(filters: readonly SubscriptionsFilter[]): Judge {
  return all(judgesOf(filters))
}

function judgesOf(filters: readonly SubscriptionsFilter[]): Judge[] {
  return filters.map(judgeOf).filter(judge => judge !== undefined)
}

function judgeOf(filter: SubscriptionsFilter): Judge | undefined {
  const [dialect] = dialectsOf(filter)
  switch (dialect) {
    case undefined:
      return undefined
    case 'all':
      return all(judgesOf(filter.all ?? []))
    case 'any':
      return any(judgesOf(filter.any ?? []))
    case 'not':
      return not(filter.not && judgeOf(filter.not))
    case 'cesql':
      return cesqlFilter(filter.cesql ?? '')
    default:
      return stringFilter(stringDialects[dialect], filter[dialect] ?? {})
  }
}

function cesqlFilter(text: string): Judge | undefined {
  try {
    const expression = parse(text)
    return ({ attributes }) => (matches(expression, attributes) ? 'pass' : 'fail')
  } catch (error) {
    // Admission refuses it; an object that was stored before that rule may still hold one.
    if (error instanceof ParseError) return undefined
    throw error
  }
}

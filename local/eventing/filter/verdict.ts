// What a filter says of an event, and how verdicts combine: a filter may also have no opinion.
import type { CloudEvent } from '../cloudevents/event.ts'

/** `none`: the filter says nothing, as an empty one does. Only `fail` keeps an event back. */
export type Verdict = 'pass' | 'fail' | 'none'

/** Pure, and called for each event of the broker. */
export type Judge = (event: CloudEvent) => Verdict

/** The first fail ends it; without any the last one's verdict stands (eventing pkg/eventfilter/subscriptionsapi). */
export function all(judges: readonly Judge[]): Judge {
  return event => {
    let verdict: Verdict = 'none'
    for (const judge of judges) {
      verdict = judge(event)
      if (verdict === 'fail') return verdict
    }
    return verdict
  }
}

/** The first pass ends it; without any the last one's verdict stands. */
export function any(judges: readonly Judge[]): Judge {
  return event => {
    let verdict: Verdict = 'none'
    for (const judge of judges) {
      verdict = judge(event)
      if (verdict === 'pass') return verdict
    }
    return verdict
  }
}

/** The opposite; of no opinion none. */
export function not(judge: Judge | undefined): Judge {
  return event => {
    const verdict = judge?.(event) ?? 'none'
    if (verdict === 'none') return verdict
    return verdict === 'pass' ? 'fail' : 'pass'
  }
}

// A try that is over as the journal keeps it: who was asked, what came back, and what follows.
import type { Attempt } from '../journal/journal.ts'
import type { Open } from '../log/progress.ts'
import type { Step } from './next-step.ts'
import type { Outcome } from './outcome.ts'

/** `open` was owed before the try, and `step` follows it; `to` was asked, and gave its answer in `ms` milliseconds. */
export function attemptOf(open: Open, outcome: Outcome, step: Step, { to, ms }: Pick<Attempt, 'to' | 'ms'>): Attempt {
  const deadLetter = open.failure ? { deadLetter: true } : {}
  if (outcome.type === 'failure') {
    const waitMs = step.type === 'again' && step.waitMs > 0 ? { waitMs: step.waitMs } : {}
    const status = outcome.answered ? outcome.code : 0
    return { to: outcome.destination ?? to, status, ms, next: afterFailure(open, step), ...deadLetter, ...waitMs }
  }
  const reply = outcome.type === 'done' && outcome.reply ? { reply: outcome.reply } : {}
  return { to, status: outcome.status, ms, next: 'reply' in reply ? 'replied' : 'done', ...deadLetter, ...reply }
}

function afterFailure(open: Open, step: Step): Attempt['next'] {
  if (step.type !== 'again') return 'dropped'
  return step.open.failure && !open.failure ? 'dead letter' : 'again'
}

// What stands between messages that arrive and one who takes them at leisure: a queue with a bound.
import { StoreUnavailable } from './store.ts'

export interface Inbox extends AsyncIterableIterator<unknown> {
  /** Puts a message in; beyond the bound the inbox fails instead. */
  push(message: unknown): void
  /** Ends it: what is in it is still taken, then taking rejects with the error, or ends when there is none. */
  end(error?: Error): void
}

const bound = 1_000

/** `onEnd` runs once, when it ended or its taker left. */
export function createInbox(onEnd: (inbox: Inbox) => void): Inbox {
  const waiting: unknown[] = []
  let wake = () => {}
  let ended = false
  let failure: Error | undefined

  const inbox: Inbox = {
    push(message) {
      if (ended) return
      if (waiting.length < bound) waiting.push(message)
      else inbox.end(new StoreUnavailable(`a subscriber fell more than ${bound} messages behind`))
      wake()
    },
    end(error) {
      if (ended) return
      ended = true
      failure = error
      onEnd(inbox)
      wake()
    },
    async next() {
      while (waiting.length === 0) {
        if (failure) throw failure
        if (ended) return { done: true, value: undefined }
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
      return { done: false, value: waiting.shift() }
    },
    async return() {
      waiting.length = 0
      failure = undefined
      inbox.end()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => inbox,
  }
  return inbox
}

// What became of each event: the steps that classes of brokers note while they deliver.
import type { LoggedEvent } from '../log/record.ts'

/** Notes steps of events. `key` is the event's own in its class (`log:17`), the same for all steps. Notes never throw. */
export interface Journal {
  /** The event is durable in `broker`: `NAMESPACE/NAME`, or `channel:NAMESPACE/NAME`. */
  arrived(key: string, broker: string, logged: LoggedEvent): void
  /** One try at `consumer` (`NAMESPACE/NAME` of the Trigger or Subscription) is over. */
  tried(key: string, consumer: string, attempt: Attempt, of: { broker: string; logged: LoggedEvent }): void
}

export interface Attempt {
  to: string
  /** Of the answer; 0 when none came. */
  status: number
  /** Milliseconds from the request to the answer. */
  ms: number
  /** What follows. */
  next: 'done' | 'replied' | 'again' | 'dead letter' | 'dropped'
  /** True when the try was at the dead-letter sink. */
  deadLetter?: boolean
  /** Id and type of the event in reply. */
  reply?: { id: string; type: string }
  /** Milliseconds until the next try. */
  waitMs?: number
}

// The interface behind which a class of brokers lives: it keeps events and delivers them; all else is shared by the classes.
import type { Broker } from '../api/eventing/types.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Finding } from '../kernel/conditions.ts'
import type { Log } from '../kernel/log.ts'
import type { ObjectStore } from '../kernel/object-store.ts'
import type { Random } from '../kernel/random.ts'
import type { Send } from '../seams/send.ts'
import type { Route } from './delivery/dispatcher.ts'
import type { Journal } from './journal/journal.ts'
import type { LoggedEvent } from './log/record.ts'

/**
 * One class of brokers. The ingress, filters, addresses, statuses of Triggers and the objects' life are the same for all
 * classes; a class decides where an event is kept until each consumer is done with it. Names of brokers are
 * `NAMESPACE/NAME`.
 */
export interface BrokerClass {
  /** The value of the annotation `eventing.knative.dev/broker.class`. */
  readonly name: string
  /**
   * The conditions on which `Ready` of its Brokers depends, besides `Addressable`: `IngressReady`, `ExchangeReady`, ….
   * `DeadLetterSinkResolved` is stated outside the class.
   */
  readonly conditions: readonly string[]
  /**
   * Begins to keep events of `broker`, or goes on with a changed one; says how it stands now. Answers at once: what is
   * still being found out is `Unknown`, and `changed` of the options is called when that is known.
   */
  hold(broker: Broker): Holding
  /** The broker is gone, or of another class: what is kept for it goes too. */
  release(broker: string): void
  /**
   * Takes events in and resolves when all of them are durable. Rejects with `LogFull` at a bound, or with another error
   * (503 to the sender). `reserve` is set for replies, which may use room that is refused to new events.
   */
  accept(broker: string, events: readonly LoggedEvent[], reserve?: boolean): Promise<void>
  /** Delivers to this consumer from now on, or goes on with its changed route; called on every change, so cheap. */
  serve(consumer: Consumer): void
  /** The consumer, by its uid, is gone for good: nothing is kept for it any longer. */
  withdraw(uid: string): void
  /** Resolves when no delivery is under way; waits for another try may be pending. */
  settled(): Promise<void>
  /** Ends the tries under way. What is open goes on after the next start. */
  stop(): Promise<void>
}

/** How a class stands to one of its brokers. */
export interface Holding {
  /** By condition, those of `conditions`; a broker is served whatever they say. */
  findings: Record<string, Finding>
  /** For `status.annotations`. */
  annotations?: Record<string, string>
}

/** One consumer of a broker: a Trigger with everything resolved. */
export interface Consumer {
  uid: string
  /** `NAMESPACE/NAME` of the Trigger, for the log and the journal. */
  name: string
  broker: string
  namespace: string
  /** Of the Trigger: a class may have annotations of its own (`rabbitmq.eventing.knative.dev/parallelism`). */
  annotations: Readonly<Record<string, string>>
  route: Route
  /** False until broker, subscriber and dead-letter sink have been found: a new consumer only begins then. */
  complete: boolean
}

/** What a class is made of; tries, judgements and waits come from `delivery/` (trySubscriber, nextStep, …). */
export interface BrokerClassOptions {
  store: ObjectStore
  clock: Clock
  random: Random
  log: Log
  send: Send
  journal: Journal
  /** Takes a reply into its broker; resolves when it is durable. False: its time to live is used up. */
  reply(broker: string, reply: LoggedEvent): Promise<boolean>
  /** What `hold` answers for this broker may have changed. */
  changed(broker: string): void
}

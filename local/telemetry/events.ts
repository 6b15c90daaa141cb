// What telemetry reads of events: the steps that eventing notes, in the shape it notes them.

export interface LoggedEvent {
  event: { attributes: Readonly<Record<string, string>> }
  /** Flat: what travels with the event, its trace among it. */
  headers: readonly string[]
}

export interface Attempt {
  to: string
  /** Of the answer; 0 when none came. */
  status: number
  ms: number
  next: string
  deadLetter?: boolean
}

/** See eventing's `Journal`. */
export interface EventObserver {
  arrived(key: string, broker: string, logged: LoggedEvent): void
  tried(key: string, consumer: string, attempt: Attempt, of: { broker: string; logged: LoggedEvent }): void
}

/** Tells all of them. */
export function observers(all: readonly EventObserver[]): EventObserver {
  return {
    arrived(...step) {
      for (const one of all) one.arrived(...step)
    },
    tried(...step) {
      for (const one of all) one.tried(...step)
    },
  }
}

/** `NAME.NAMESPACE`, as Knative's spans and metrics name what is `NAMESPACE/NAME` elsewhere. */
export function dotted(key: string): string {
  const [namespace = '', name = ''] = key.split('/')
  return `${name}.${namespace}`
}

// The seam for traces: told when a hop begins, when it waits for an instance and when it has one; its end is in the record.
import type { Hop } from './hop.ts'

export interface Tracer {
  /**
   * The hop begins: `headers` are as its door made them, and the tracer may write its context into them. Undefined when
   * this request's trace is not kept; called for every request, so that answer has to be cheap.
   */
  begin(hop: Hop): HopSpan | undefined
}

export interface HopSpan {
  /** The request asks for a place at an instance, and there is none yet. */
  queued(): void
  /** It has its place: from here on `headers` are the function's. `instance` is the pod, empty where nobody said. */
  placed(instance: string, headers: string[]): void
}

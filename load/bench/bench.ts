// What a measurement is: a name, the goal, and how to take it.

export interface Figure {
  /** What was measured: `cold start, pool hit, p50`. */
  what: string
  /** The figure as printed: `3.2 ms`. */
  measured: string
  /** What it should be: `≤ 5 ms`; empty for figures given for comparison only. */
  goal: string
  /** Undefined for figures without a goal. */
  reached: boolean | undefined
}

export interface Bench {
  name: string
  /** Takes the measurement; `progress` shows what it is at. */
  run(progress: (step: string) => void): Promise<Figure[]>
}

/** A figure that should not be above `limit`. */
export function atMost(what: string, value: number, limit: number, format: (value: number) => string): Figure {
  return { what, measured: format(value), goal: `≤ ${format(limit)}`, reached: value <= limit }
}

/** A figure that should not be below `limit`. */
export function atLeast(what: string, value: number, limit: number, format: (value: number) => string): Figure {
  return { what, measured: format(value), goal: `≥ ${format(limit)}`, reached: value >= limit }
}

/** A figure without a goal: a peer, or what explains another. */
export function given(what: string, measured: string): Figure {
  return { what, measured, goal: '', reached: undefined }
}

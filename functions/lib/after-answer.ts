// Work that an answer does not wait for.

/** As much of a Hono context as is needed; where the host gives no execution context, reading it throws. */
interface Answering {
  readonly executionCtx: { waitUntil(work: Promise<unknown>): void }
}

/** Lets `work` go on after the answer. Where there is no execution context (Deno, Bun, a test) it goes on anyway. */
export function afterAnswer(c: Answering, work: Promise<void>): void {
  try {
    c.executionCtx.waitUntil(work)
  } catch {
    // Nobody is left to be told of a failure.
    void work.catch(() => {})
  }
}

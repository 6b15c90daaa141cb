// Opens something once, on first use.

/** Gives the same opened value to all callers; a failure is theirs who waited for it, the next call tries anew. */
export function reopening<T>(open: () => Promise<T>): () => Promise<T> {
  let opening: Promise<T> | undefined
  return () => {
    opening ??= open().catch(error => {
      opening = undefined
      throw error
    })
    return opening
  }
}

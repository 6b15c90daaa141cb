// The open model of load: requests at a fixed pace, whether or not earlier ones were answered.

/** The results of `count` calls, begun `perSecond` a second. */
export async function paced<T>(count: number, perSecond: number, call: () => Promise<T>): Promise<T[]> {
  const results: Promise<T>[] = []
  const startedAt = performance.now()
  for (let sent = 0; sent < count; sent++) {
    const wait = startedAt + (sent * 1_000) / perSecond - performance.now()
    if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
    results.push(call())
  }
  return Promise.all(results)
}

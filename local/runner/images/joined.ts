// Work that is cheaper done for many at once: what is asked for while it runs is done together next.

interface Waiting<Request, Result> {
  request: Request
  resolve(result: Result): void
  reject(error: unknown): void
}

/**
 * Calls `work` with all requests of one key that came since the last call for it began, never twice at once for a key.
 * A call that fails is repeated for each request alone, so that an error is that of its own request.
 */
export function joined<Request, Result>(
  keyOf: (request: Request) => string,
  work: (requests: readonly Request[]) => Promise<readonly Result[]>,
): (request: Request) => Promise<Result> {
  const waiting = new Map<string, Waiting<Request, Result>[]>()

  async function run(key: string): Promise<void> {
    for (;;) {
      const batch = waiting.get(key) ?? []
      if (batch.length === 0) break
      waiting.set(key, [])
      await settle(batch)
    }
    waiting.delete(key)
  }

  async function settle(batch: readonly Waiting<Request, Result>[]): Promise<void> {
    try {
      const results = await work(batch.map(({ request }) => request))
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result)
    } catch (error) {
      if (batch.length > 1) for (const one of batch) await settle([one])
      else batch[0]?.reject(error)
    }
  }

  return request =>
    new Promise((resolve, reject) => {
      const key = keyOf(request)
      const others = waiting.get(key)
      waiting.set(key, [...(others ?? []), { request, resolve, reject }])
      // Those that come in the same turn join at once.
      if (!others) queueMicrotask(() => void run(key))
    })
}

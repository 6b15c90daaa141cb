import { expect, it } from 'vitest'
import type { Load } from './hey.ts'
import { runLoad, type Surroundings } from './run.ts'

const load: Load = {
  ...{ url: 'http://a/', method: 'GET', headers: {}, workers: 2 },
  ...{ rate: 10, durationMs: 60_000, requests: 200 },
}

/** Time passes only in pauses and in answers that take `tookMs`; workers wait for the earliest of them. */
function world(tookMs: number, status: (turn: number) => number = () => 200): Surroundings {
  let now = 0
  let turn = 0
  const sleepers: { at: number; wake(): void }[] = []
  const pause = (ms: number) =>
    new Promise<void>(wake => {
      sleepers.push({ at: now + ms, wake })
      setImmediate(() => {
        const next = sleepers.sort((a, b) => a.at - b.at).shift()
        if (!next) return
        now = Math.max(now, next.at)
        next.wake()
      })
    })
  return {
    now: () => now,
    pause,
    async ask() {
      const answer = status(turn++)
      await pause(tookMs)
      return answer
    },
  }
}

it('BKI-38: two workers at ten a second send twelve hundred requests in a minute', async () => {
  const report = await runLoad(load, world(5))
  expect(report).toMatchObject({ requests: 1_200, statuses: { 200: 1_200 }, perSecond: 20 })
})

it('a service slower than the pace gets as many requests as it answers', async () => {
  const { requests } = await runLoad({ ...load, durationMs: 10_000 }, world(500))
  expect(requests).toBeGreaterThanOrEqual(38)
  expect(requests).toBeLessThanOrEqual(42)
})

it('without a duration it ends after so many requests', async () => {
  const report = await runLoad({ ...load, durationMs: undefined, rate: undefined, requests: 7 }, world(3))
  expect(report.requests).toBe(7)
})

it('tells statuses, and 0 for no answer', async () => {
  const statuses = (turn: number) => [200, 503, 0][turn % 3] ?? 0
  const report = await runLoad({ ...load, durationMs: undefined, requests: 9 }, world(1, statuses))
  expect(report.statuses).toEqual({ 0: 3, 200: 3, 503: 3 })
})

it('tells the times of answers', async () => {
  const report = await runLoad({ ...load, workers: 1, durationMs: undefined, requests: 10 }, world(40))
  expect([report.p50, report.p99]).toEqual([40, 40])
})

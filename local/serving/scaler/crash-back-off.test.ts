import { describe, expect, it } from 'vitest'
import { afterCrash, noCrashes } from './crash-back-off.ts'

const minute = 60_000
const short = { startedAt: 0, endedAt: 50, served: false, killed: false }

describe('an instance that exited', () => {
  it('starts again at once, then after 10 s doubling to 5 minutes', () => {
    let history = noCrashes
    const waits = Array.from({ length: 8 }, () => {
      const next = afterCrash(history, short)
      history = next.history
      return next.waitMs / 1_000
    })
    expect(waits).toEqual([0, 10, 20, 40, 80, 160, 300, 300])
  })

  it('starts again at once after ten healthy minutes', () => {
    expect(afterCrash({ failures: 5 }, { ...short, endedAt: 10 * minute }).waitMs).toBe(0)
    expect(afterCrash({ failures: 5 }, { ...short, endedAt: 10 * minute - 1 }).waitMs).toBe(160_000)
  })

  it('starts again at once up to twenty times when it was killed, then soon: within two seconds at the latest', () => {
    let history = noCrashes
    const waits = Array.from({ length: 27 }, () => {
      const next = afterCrash(history, { ...short, killed: true })
      history = next.history
      return next.waitMs / 1_000
    })
    expect(waits).toEqual([...Array(20).fill(0), 0.1, 0.2, 0.4, 0.8, 1.6, 2, 2])
  })

  it('starts again at once when it had answered requests', () => {
    expect(afterCrash({ failures: 5 }, { ...short, served: true })).toEqual({ history: { failures: 1 }, waitMs: 0 })
  })
})

import { describe, expect, it } from 'vitest'
import { FakeClock, sleep, systemClock } from './clock.ts'

describe('the fake clock', () => {
  it('runs alarms at their own moment and in order', async () => {
    const clock = new FakeClock(0)
    const ran: string[] = []
    clock.after(20, () => ran.push(`b@${clock.now()}`))
    clock.after(10, () => ran.push(`a@${clock.now()}`))
    clock.after(20, () => ran.push(`c@${clock.now()}`))
    await clock.advance(15)
    expect(ran).toEqual(['a@10'])
    await clock.advance(10)
    expect(ran).toEqual(['a@10', 'b@20', 'c@20'])
    expect(clock.now()).toBe(25)
  })

  it('runs what an alarm sets up within the same advance', async () => {
    const clock = new FakeClock(0)
    const ran: number[] = []
    clock.after(1, () => void clock.after(1, () => void ran.push(clock.now())))
    await clock.advance(5)
    expect(ran).toEqual([2])
  })

  it('repeats until cancelled', async () => {
    const clock = new FakeClock(0)
    let runs = 0
    const timer = clock.every(10, () => runs++)
    await clock.advance(35)
    timer.cancel()
    await clock.advance(100)
    expect(runs).toBe(3)
  })
})

describe('sleep', () => {
  it('ends after its time', async () => {
    const clock = new FakeClock(0)
    let done = false
    void sleep(clock, 100).then(() => {
      done = true
    })
    await clock.advance(99)
    expect(done).toBe(false)
    await clock.advance(1)
    expect(done).toBe(true)
  })

  it('rejects with the reason when aborted, before or meanwhile', async () => {
    const clock = new FakeClock(0)
    await expect(sleep(clock, 1, AbortSignal.abort(new Error('early')))).rejects.toThrow('early')
    const controller = new AbortController()
    const sleeping = sleep(clock, 100, controller.signal)
    controller.abort(new Error('late'))
    await expect(sleeping).rejects.toThrow('late')
  })
})

it('the system clock cancels what it was asked to run', async () => {
  let ran = false
  systemClock
    .after(1, () => {
      ran = true
    })
    .cancel()
  await new Promise(resolve => systemClock.after(5, () => resolve(undefined)) && setTimeout(resolve, 10))
  expect(ran).toBe(false)
})

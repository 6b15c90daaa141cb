// The warm pool: processes booted ahead, taken in order, and replaced when the machine is quiet again.
import type { Clock, Timer } from '../../kernel/clock.ts'
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import { failed } from '../types.ts'
import type { BootedProcess } from './booted-process.ts'
import { type Boot, type BootOptions, createBoot } from './boots.ts'

export interface PoolOptions extends BootOptions {
  /** Processes kept waiting. */
  size: number
  clock: Clock
  log: Log
}

export interface Pool {
  /** A process to become a function: one that waits, else one that boots, else a fresh one. */
  take(): Promise<BootedProcess>
  /** A process of its own, with variables that must exist when it starts; `before` are words to put before its command. */
  fresh: Boot
  /** Sees to it that `count` processes wait or boot now. */
  expect(count: number): void
  /** Resolves once a first process waits; the others follow while requests come in already. */
  ready(): Promise<void>
  stop(): void
}

// A process that boots takes CPU from the request that was just let in: refilling waits until every function that was
// started listens, and then some; functions that never listen, or that come one after another, hold it up no longer
// than this.
const refillDelayMs = 250
const refillLatestMs = 2_000
// Processes beyond the size, started on a hint, are given this long to be needed.
const surplusMs = 10_000

export function createPool(options: PoolOptions): Pool {
  const { clock, size } = options
  const fresh = createBoot(options)
  const waiting: BootedProcess[] = []
  const takers: PromiseWithResolvers<BootedProcess>[] = []
  /** Processes on their way into the pool, and functions on their way to listening. */
  let starting = 0
  let becoming = 0
  let stopped = false
  let refill: Timer | undefined
  /** When it refills at the latest, in milliseconds since the epoch; undefined while none is due. */
  let refillBy: number | undefined
  let surplus: Timer | undefined

  async function add(): Promise<void> {
    starting++
    const process = await fresh({})
      .finally(() => starting--)
      .catch(error => {
        takers.shift()?.reject(error)
        throw error
      })
    if (stopped) return process.kill()
    const taker = takers.shift()
    if (taker) return taker.resolve(process)
    waiting.push(process)
    void process.exited.then(exit => lost(process, exit.code))
    await Promise.race([process.boot, process.exited])
  }

  function lost(process: BootedProcess, code: number): void {
    const index = waiting.indexOf(process)
    if (index < 0 || stopped) return
    waiting.splice(index, 1)
    options.log('warn', 'a waiting process of the pool ended', { pid: process.pid, code, logs: process.logFile })
    fillLater()
  }

  /** One after the other, so that filling never takes more than one core. */
  async function fill(): Promise<void> {
    while (!stopped && waiting.length < size) await add()
  }

  function fillLater(): void {
    refillBy ??= clock.now() + refillLatestMs
    refill?.cancel()
    const pause = becoming > 0 ? refillLatestMs : refillDelayMs
    refill = clock.after(Math.min(pause, refillBy - clock.now()), () => {
      refillBy = undefined
      fill().catch(failing)
    })
  }

  function nextProcess(): Promise<BootedProcess> {
    const ready = waiting.findIndex(process => process.booted())
    const [process] = waiting.splice(Math.max(ready, 0), 1)
    if (process) return Promise.resolve(process)
    const taker = Promise.withResolvers<BootedProcess>()
    takers.push(taker)
    if (starting < takers.length) add().catch(failing)
    return taker.promise
  }

  function trim(): void {
    for (const process of waiting.splice(size)) process.kill()
  }

  // Whoever takes a process learns the same error; here it is only noted.
  function failing(error: unknown): void {
    options.log('error', 'the pool cannot start processes', { error: messageOf(error) })
  }

  const first = size > 0 ? add() : Promise.resolve()
  first.then(fill).catch(failing)
  return {
    fresh,
    async take() {
      becoming++
      const over = () => {
        becoming--
        if (!stopped) fillLater()
      }
      fillLater()
      const process = await nextProcess().catch(error => {
        over()
        throw error
      })
      void Promise.race([process.listening, process.exited]).then(over)
      return process
    },
    expect(wanted) {
      for (let missing = wanted - waiting.length - starting; missing > 0; missing--) add().catch(failing)
      surplus?.cancel()
      surplus = clock.after(surplusMs, trim)
    },
    ready: () => first,
    stop() {
      stopped = true
      refill?.cancel()
      surplus?.cancel()
      for (const process of waiting.splice(0)) process.kill()
      for (const taker of takers.splice(0)) taker.reject(failed('Stopped', 'the runtime stops'))
    },
  }
}

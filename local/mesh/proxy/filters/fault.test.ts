import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../kernel/clock.ts'
import { seededRandom } from '../../../kernel/random.ts'
import type { Fault } from '../../table/route.ts'
import type { Exchange } from '../client.ts'
import { answeredBy, hopOf } from '../hop-harness.ts'
import { drawn, injectFault } from './fault.ts'

const delay = (ms: number, percent = 100): Fault => ({ delay: { percent, ms }, abort: undefined })
const abort = (status: number | undefined, percent = 100, grpcStatus?: number): Fault => ({
  delay: undefined,
  abort: { percent, status, grpcStatus },
})

/** Tells what the exchange behind the fault was given. */
class Behind implements Exchange {
  told: string[] = []
  body(data: Buffer): boolean {
    this.told.push(data.toString())
    return true
  }
  end(): void {
    this.told.push('end')
  }
  flush(): void {}
  drained(): void {}
  gone(): void {
    this.told.push('gone')
  }
}

function injected(fault: Fault, draws: number[] = []) {
  const clock = new FakeClock()
  const random = { ...seededRandom(1), next: () => draws.shift() ?? 0.5 }
  const hop = hopOf({ clock, random, method: 'POST', headers: 'content-length: 4\r\n' })
  const resumed = { count: 0 }
  hop.incoming.client.resume = () => void resumed.count++
  const behind = new Behind()
  let passed = 0
  const exchange = injectFault(hop, fault, () => {
    passed++
    return behind
  })
  return { hop, clock, exchange, behind, resumed, passed: () => passed, answered: answeredBy(hop) }
}

describe('an abort', () => {
  it('answers in place of the backend', () => {
    const { exchange, passed, answered } = injected(abort(503))
    expect([exchange, passed()]).toEqual([undefined, 0])
    expect(answered.replies).toMatchObject([{ status: 503, body: 'fault filter abort', flags: 'FI' }])
    expect(answered.records).toMatchObject([{ status: 503, flags: 'FI', details: 'fault_filter_abort' }])
  })

  it('with a grpcStatus is 200 for plain callers', () => {
    expect(injected(abort(undefined, 100, 14)).answered.replies).toMatchObject([{ status: 200, grpcStatus: 14 }])
  })

  it('that is not drawn lets the request pass', () => {
    const { exchange, behind, passed, answered } = injected(abort(503, 20), [0.2])
    expect(exchange).toBe(behind)
    expect([passed(), answered.replies]).toEqual([1, []])
  })
})

describe('a delay', () => {
  it('lets the request go on when it is over, body and all', async () => {
    const { exchange, clock, behind, passed } = injected(delay(500))
    exchange?.body(Buffer.from('bo'))
    exchange?.body(Buffer.from('dy'))
    exchange?.end([])
    await clock.advance(499)
    expect(passed()).toBe(0)
    await clock.advance(1)
    expect([passed(), behind.told]).toEqual([1, ['bo', 'dy', 'end']])
  })

  it('asks the client to wait when its body grows large meanwhile, and to go on afterwards', async () => {
    const { exchange, clock, resumed } = injected(delay(500))
    expect(exchange?.body(Buffer.alloc(60_000))).toBe(true)
    expect(exchange?.body(Buffer.alloc(60_000))).toBe(false)
    await clock.advance(500)
    expect(resumed.count).toBe(1)
  })

  it('passes what comes afterwards straight on', async () => {
    const { exchange, clock, behind } = injected(delay(500))
    await clock.advance(500)
    exchange?.body(Buffer.from('body'))
    exchange?.end([])
    expect(behind.told).toEqual(['body', 'end'])
  })

  it('ends with the client: nothing is asked for it, and it is told once', async () => {
    const { exchange, clock, passed, answered } = injected(delay(500))
    exchange?.gone()
    await clock.advance(1_000)
    expect(passed()).toBe(0)
    expect(answered.records).toMatchObject([{ status: 0, flags: 'DI,DC' }])
  })

  it('that is over hands the client’s leaving on', async () => {
    const { exchange, clock, behind } = injected(delay(500))
    await clock.advance(500)
    exchange?.gone()
    expect(behind.told).toEqual(['gone'])
  })
})

describe('both', () => {
  const both: Fault = { delay: { percent: 50, ms: 500 }, abort: { percent: 50, status: 400, grpcStatus: undefined } }

  it('are drawn one after the other: the delay first', async () => {
    const { clock, answered } = injected(both, [0.49, 0.49])
    expect(answered.replies).toEqual([])
    await clock.advance(500)
    expect(answered.replies).toMatchObject([{ status: 400 }])
    expect(answered.records).toMatchObject([{ flags: 'DI,FI' }])
  })

  it.each([
    ['only the abort', [0.5, 0.49], 1, 0],
    ['neither', [0.5, 0.5], 0, 1],
  ])('are drawn by themselves: %s', (_case, draws, aborted, passed) => {
    const outcome = injected(both, draws)
    expect([outcome.answered.replies.length, outcome.passed()]).toEqual([aborted, passed])
  })
})

describe('a percentage', () => {
  const at = (value: number) => ({ ...seededRandom(1), next: () => value })
  it.each([
    [0, 0, false],
    [100, 0.999_999, true],
    [25, 0.249_9, true],
    [25, 0.25, false],
    [0.0001, 0.000_000_9, true],
    [0.0001, 0.000_002, false],
  ])('%f per cent at a draw of %f: %s', (percent, draw, hit) => expect(drawn(percent, at(draw))).toBe(hit))

  it('of 0 costs no draw', () => {
    const never = () => {
      throw new Error('drawn')
    }
    expect(drawn(0, { ...seededRandom(1), next: never })).toBe(false)
  })
})

// What topics do alike: run over each adapter, each opened twice as by two instances of one service.
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StoreUnavailable } from './store.ts'
import type { Topics } from './topics.ts'

export function topicsSuite(name: string, open: () => Promise<Topics>): void {
  describe(`topics: ${name}`, () => {
    let one: Topics
    let other: Topics
    beforeEach(async () => {
      one = await open()
      other = await open()
    })
    afterEach(async () => {
      await one.close()
      await other.close()
    })

    it('reach whoever listens, in both instances, in order and as JSON', async () => {
      const here = await one.subscribe('orders')
      const there = await other.subscribe('orders')
      const messages = [{ id: 1, at: new Date(0) }, 'two', null, [4]]
      for (const message of messages) await one.publish('orders', message)
      const expected = [{ id: 1, at: '1970-01-01T00:00:00.000Z' }, 'two', null, [4]]
      expect(await take(here, 4)).toEqual(expected)
      expect(await take(there, 4)).toEqual(expected)
    })

    it('reach two listeners of one instance, and each only its own topic', async () => {
      const first = await one.subscribe('a')
      const second = await one.subscribe('a')
      const elsewhere = await one.subscribe('b')
      await other.publish('a', 1)
      await other.publish('b', 2)
      expect([await take(first, 1), await take(second, 1), await take(elsewhere, 1)]).toEqual([[1], [1], [2]])
    })

    it('tell nobody of what was said before', async () => {
      const early = await other.subscribe('orders')
      await one.publish('orders', 'before')
      await take(early, 1)
      const late = await other.subscribe('orders')
      await one.publish('orders', 'after')
      expect(await take(late, 1)).toEqual(['after'])
    })

    it('end for one who leaves or is aborted, and go on for the others', async () => {
      const abort = new AbortController()
      const aborted = await one.subscribe('orders', abort.signal)
      const stays = await one.subscribe('orders')
      const leaves = await one.subscribe('orders')
      const waiting = aborted.next()
      abort.abort()
      expect(await waiting).toEqual({ done: true, value: undefined })
      await leaves.return?.()
      expect((await leaves.next()).done).toBe(true)
      await other.publish('orders', 1)
      expect(await take(stays, 1)).toEqual([1])
      expect((await (await one.subscribe('orders', AbortSignal.abort())).next()).done).toBe(true)
    })

    it('can be listened to again when the last one has left', async () => {
      const first = await one.subscribe('orders')
      await first.return?.()
      await other.publish('orders', 'unheard')
      const again = await one.subscribe('orders')
      await other.publish('orders', 'heard')
      expect(await take(again, 1)).toEqual(['heard'])
    })

    it('hold a bounded number for one who does not take, and tell it', async () => {
      const slow = await one.subscribe('orders')
      const keeps = await one.subscribe('orders')
      const taken: unknown[] = []
      const taking = (async () => {
        for await (const message of keeps) {
          taken.push(message)
          if (taken.length === 1_200) return
        }
      })()
      for (let at = 0; at < 1_200; at++) await other.publish('orders', at)
      await taking
      const given = await take(slow, 1_000)
      expect(given).toEqual(Array.from({ length: 1_000 }, (_, at) => at))
      await expect(slow.next()).rejects.toThrow(StoreUnavailable)
    })
  })
}

/** The next messages; fails when they do not come. */
export async function take(messages: AsyncIterator<unknown>, count: number): Promise<unknown[]> {
  const taken: unknown[] = []
  while (taken.length < count) {
    const late = new AbortController()
    const next = await Promise.race([messages.next(), delay(10_000, undefined, { signal: late.signal })])
    late.abort()
    if (!next || next.done) throw new Error(`only ${taken.length} of ${count} messages came`)
    taken.push(next.value)
  }
  return taken
}

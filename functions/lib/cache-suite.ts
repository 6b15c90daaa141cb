// What caches do alike: run over each adapter, each opened twice as by two instances of one service.
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cache } from './cache.ts'

export function cacheSuite(name: string, open: () => Promise<Cache>): void {
  describe(`a cache: ${name}`, () => {
    let one: Cache
    let other: Cache
    let key = ''
    let rows = 0
    beforeEach(async () => {
      key = `key ${Date.now()}:${rows++} $x.y`
      one = await open()
      other = await open()
    })
    afterEach(async () => {
      await one.close()
      await other.close()
    })

    it('gives both instances what one has put, as JSON', async () => {
      await one.set(key, { list: [1, 'שָׁלוֹם'], at: new Date(0) }, 60_000)
      expect(await other.get(key)).toEqual({ list: [1, 'שָׁלוֹם'], at: '1970-01-01T00:00:00.000Z' })
      expect(await other.get(`${key} other`)).toBeUndefined()
    })

    it('keeps the last value, and null as a value', async () => {
      await one.set(key, 1, 60_000)
      await other.set(key, null, 60_000)
      expect(await one.get(key)).toBeNull()
      await one.delete(key)
      expect(await other.get(key)).toBeUndefined()
      await one.delete(key)
    })

    it('forgets a value when its time is over, and takes a new one', async () => {
      await one.set(key, 'old', 20)
      while ((await other.get(key)) !== undefined) await delay(5)
      await other.set(key, 'new', 60_000)
      expect(await one.get(key)).toBe('new')
    })

    it('allows as many uses in a window as the limit, over both instances', async () => {
      const limit = { limit: 3, windowMs: 60_000 }
      const hits = []
      for (let at = 0; at < 5; at++) hits.push(await (at % 2 ? one : other).hit(key, limit))
      expect(hits.map(each => each.allowed)).toEqual([true, true, true, false, false])
      expect(hits.map(each => each.remaining)).toEqual([2, 1, 0, 0, 0])
      for (const { endsInMs } of hits) expect(endsInMs).toBeGreaterThan(0)
      for (const { endsInMs } of hits) expect(endsInMs).toBeLessThanOrEqual(60_000)
      expect((await one.hit(`${key} other`, limit)).remaining).toBe(2)
    })

    it('counts all of many that come at once', async () => {
      const limit = { limit: 10, windowMs: 60_000 }
      const hits = await Promise.all(Array.from({ length: 16 }, (_, at) => (at % 2 ? one : other).hit(key, limit)))
      expect(hits.filter(each => each.allowed)).toHaveLength(10)
    })

    it('begins a new window when the old one is over', async () => {
      const limit = { limit: 1, windowMs: 30 }
      while ((await one.hit(key, limit)).allowed) {}
      while (!(await other.hit(key, limit)).allowed) await delay(5)
    })
  })
}

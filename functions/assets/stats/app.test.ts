import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAssets } from '../services-under-test.ts'

const opened = () => openAssets(['stats'])
let system: ReturnType<typeof opened>
beforeEach(() => {
  system = opened()
})
afterEach(() => system.close())

const tell = async (id: string, time: string, type = 'user.created', version = 1) =>
  (
    await system.deliver('stats', '/events', {
      type,
      id: `user:${id}:${version}`,
      time,
      data: { id, recordVersion: version },
    })
  ).status
const added = async (month: string) =>
  (await system.send('stats', 'GET', `/stats/users-added?month=${month}`)).body.count

describe('users added in a month', () => {
  it('are counted once each, however often and in whatever version they are told', async () => {
    for (let times = 0; times < 3; times++) await tell('ann', '2026-05-04T12:00:00Z')
    await tell('ann', '2026-05-05T12:00:00Z', 'user.created', 2)
    await tell('bob', '2026-05-31T23:59:59.999Z')
    expect(await added('2026-05')).toBe(2)
  })

  it('are those that were made: changes and ends do not count', async () => {
    await tell('ann', '2026-05-04T12:00:00Z')
    await tell('ann', '2026-05-04T12:00:00Z', 'user.updated', 2)
    await tell('ann', '2026-05-04T12:00:00Z', 'user.deleted', 3)
    await tell('older', '2026-05-04T12:00:00Z', 'user.updated', 7)
    expect(await added('2026-05')).toBe(1)
  })

  it.each([
    ['2026-05-31T23:59:59Z', '2026-05'],
    ['2026-06-01T00:00:00Z', '2026-06'],
    ['2026-06-01T01:30:00+02:00', '2026-05'],
    ['2026-05-31T22:00:00-05:00', '2026-06'],
    ['2024-02-29T12:00:00Z', '2024-02'],
  ])('at %s are added in %s, in UTC', async (time, month) => {
    await tell('ann', time)
    expect(await added(month)).toBe(1)
  })

  it.each(['', '2026', '2026-13', '2026-00', '2026-5', '2026-05-04', ' 2026-05', '٢٠٢٦-٠٥', '2026-05%00'])(
    'of "%s" are no question',
    async month => {
      expect((await system.send('stats', 'GET', `/stats/users-added?month=${month}`)).status).toBe(400)
    },
  )

  it('are none where nothing was told, or nothing that can be read', async () => {
    for (const data of ['{', {}, null, { id: 'x' }]) {
      expect((await system.deliver('stats', '/events', { type: 'user.created', data })).status).toBe(400)
    }
    expect(await added(new Date().toISOString().slice(0, 7))).toBe(0)
  })
})

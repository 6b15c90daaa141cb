import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keeperOf } from './records.ts'
import { openAssets } from './services-under-test.ts'

const opened = () => openAssets(['config-consumer', 'app-authorization-ms'])
let system: ReturnType<typeof opened>
beforeEach(() => {
  system = opened()
})
afterEach(() => system.close())

const tell = async (id: string, version: number, data: object = {}) =>
  (
    await system.deliver('config-consumer', '/events', {
      ...{ type: 'appconfig.updated', id: `appconfig:${id}:${version}`, time: '2026-05-04T12:00:00Z' },
      data: { id, recordVersion: version, permissions: [{ action: 'read', users: ['*'] }], ...data },
    })
  ).status
const isAllowed = async (app: string) =>
  (await system.send('app-authorization-ms', 'GET', `/authorize?user=u&app=${app}&action=read`)).body.allowed
const replay = (body?: unknown) => system.send('config-consumer', 'POST', '/replay', body)

describe('a history', () => {
  it('hands each fact on as it came', async () => {
    expect(await tell('a', 1, { name: 'Zoë 🐴' })).toBe(200)
    expect(await isAllowed('a')).toBe(true)
    await replay({ sink: 'http://broker' })
    expect(system.told).toMatchObject([
      {
        id: 'appconfig:a:1',
        type: 'appconfig.updated',
        source: 'test',
        time: '2026-05-04T12:00:00.000Z',
        data: { name: 'Zoë 🐴' },
      },
    ])
  })

  it('keeps a fact although its reader is away, and hands it on with the next delivery', async () => {
    system.away.add('app-authorization-ms')
    expect(await tell('a', 1)).toBe(503)
    expect((await replay({ sink: 'http://broker' })).body).toEqual({ replayed: 1 })
    system.away.clear()
    expect(await tell('a', 1)).toBe(200)
    expect(await isAllowed('a')).toBe(true)
    expect((await replay()).body).toEqual({ replayed: 1 })
  })

  it('builds a reader that lost everything anew, in order, over many pages', async () => {
    for (let number = 1; number <= 230; number++) await tell(`app-${number % 7}`, number)
    const reader = await keeperOf(system.envs['app-authorization-ms'])
    for (let app = 0; app < 7; app++) await reader.remove('applications', `app-${app}`)
    expect(await isAllowed('app-1')).toBe(false)
    expect((await replay()).body).toEqual({ replayed: 230 })
    expect(await isAllowed('app-1')).toBe(true)
    await replay({ sink: 'http://broker' })
    expect(system.told.map(({ data }) => (data as { recordVersion: number }).recordVersion)).toEqual(
      Array.from({ length: 230 }, (_, index) => index + 1),
    )
  })

  it('stops a replay at what its reader does not take', async () => {
    await tell('a', 1)
    system.away.add('app-authorization-ms')
    expect((await replay()).status).toBe(503)
  })

  it.each([[{ sink: 1 }], [{ sink: '' }], [{ sink: 'ftp://broker' }], [{ sink: 'http://' }], ['{'], ['[]']])(
    'is not told to %j',
    async body => {
      expect((await replay(body)).status).toBe(400)
    },
  )

  it('keeps nothing that is no fact', async () => {
    expect(await tell('a', 1.5)).toBe(400)
    expect((await system.deliver('config-consumer', '/events', { type: 't', data: '{' })).status).toBe(400)
    expect((await replay()).body).toEqual({ replayed: 0 })
  })
})

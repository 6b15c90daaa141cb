import { describe, expect, it } from 'vitest'
import app, { clock } from './app.ts'
import { worldTime } from './world-time.ts'

const at = Date.parse('2019-10-25T17:30:00.123Z')

/** Asks with the clock standing still. */
async function ask(path: string, headers: Record<string, string> = {}) {
  const env = {}
  clock.provide(env, () => at)
  return app.request(path, { headers }, env)
}

describe('the stand-in of the time service', () => {
  it.each(['/api/timezone/Asia/Jakarta', '/api/timezone/Asia/Jakarta/'])('tells the time at %s', async path => {
    const answer = await ask(path, { 'x-forwarded-for': '192.0.2.1, 10.0.0.1' })
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await answer.text()).toBe(
      '{"utc_offset":"+07:00","timezone":"Asia/Jakarta","day_of_week":6,"day_of_year":299,' +
        '"datetime":"2019-10-26T00:30:00.123000+07:00","utc_datetime":"2019-10-25T17:30:00.123000+00:00",' +
        '"unixtime":1572024600,"raw_offset":25200,"week_number":43,"dst":false,"abbreviation":"WIB","dst_offset":0,' +
        '"dst_from":null,"dst_until":null,"client_ip":"192.0.2.1"}',
    )
  })

  it.each(['/', '/api/timezone/Europe/Atlantis', '/api/timezone/Asia'])('knows nothing at %s', async path => {
    const answer = await ask(path)
    expect([answer.status, await answer.json()]).toEqual([404, { error: 'unknown location' }])
  })

  it.each([
    ['2021-01-01', 53],
    ['2021-01-04', 1],
    ['2018-12-31', 1],
    ['2020-12-31', 53],
    ['2019-10-27', 43],
  ])('counts the weeks of %s as ISO 8601 does: %i', (day, week) => {
    expect(worldTime('Asia/Jakarta', Date.parse(`${day}T00:00:00Z`), '')).toMatchObject({ week_number: week })
  })
})

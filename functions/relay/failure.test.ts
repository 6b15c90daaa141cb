import { describe, expect, it } from 'vitest'
import type { Env } from '../lib/env.ts'
import clock from './clock/app.ts'
import { chance } from './failure.ts'

/** Asks the clock with this header; `draws` come one after another. */
function asking(draws: number[]): (fail: string) => Promise<Response> {
  const env: Env = { LOG_LEVEL: 'silent' }
  chance.provide(env, () => draws.shift() ?? 0)
  return async fail => clock.request('/', { headers: { fail } }, env)
}

describe('failure on request', () => {
  it('AIR-18: 1 is always 500, without a body', async () => {
    const answer = await asking([0.999_999])('1')
    expect([answer.status, await answer.text()]).toEqual([500, ''])
  })

  it('AIR-19: 0 is never', async () => expect((await asking([0])('0')).status).toBe(200))

  it('AIR-20: between them, what is drawn decides, anew for each request', async () => {
    const ask = asking([0.29, 0.3, 0.1, 0.9])
    const statuses = [await ask('0.3'), await ask('0.3'), await ask('.3'), await ask('0.30')].map(each => each.status)
    expect(statuses).toEqual([500, 200, 500, 200])
  })

  it('AIR-16: a failing answer repeats the headers as well', async () => {
    expect((await asking([0])('1')).headers.get('fail')).toBe('1')
  })

  it.each(['abc', '1.1', '-0.1', 'NaN', 'Infinity', '0x1', '1e-1', '0,3', '٠'])(
    'AIR-23: "%s" is 400 and says what would be right',
    async fail => {
      const answer = await clock.request('/', { headers: { fail: encodeURI(fail) } }, { LOG_LEVEL: 'silent' })
      expect(answer.status).toBe(400)
      expect(await answer.text()).toContain('should be a probability from 0 to 1')
    },
  )

  it('hello does not fail', async () => {
    const answer = await clock.request('/hello', { headers: { fail: '1' } }, { LOG_LEVEL: 'silent' })
    expect(answer.status).toBe(200)
  })
})

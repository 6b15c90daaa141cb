// Which pod goes first when some must go.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PodState } from '../../seams/revision-measures.ts'
import type { Seat } from '../activator/place.ts'
import { type Member, newMember, worth } from './member.ts'

const seat = (inFlight: number): Seat => ({
  name: 'x',
  endpoint: { path: '/x', protocol: 'http1' },
  inFlight,
  answered: 0,
  offered: true,
  whenEmpty: undefined,
})

const member = (state: PodState, inFlight = 0): Member => ({
  ...newMember('x', 0),
  state,
  seat: state === 'ready' ? seat(inFlight) : undefined,
})

describe('the worth of a member', () => {
  const rows: [sentence: string, less: Member, more: Member][] = [
    ['one that starts is worth less than one that serves', member('starting'), member('ready')],
    ['one that waits after a crash is worth less than one that serves', member('waiting'), member('ready')],
    ['one without requests is worth less than one with', member('ready', 0), member('ready', 1)],
    ['one with few is worth less than one with many', member('ready', 3), member('ready', 20)],
  ]
  it.for(rows)('%s', ([, less, more]) => {
    expect(worth(less)).toBeLessThan(worth(more))
  })

  it('those that serve nobody are worth the same', () => {
    expect(worth(member('starting'))).toBe(worth(member('waiting')))
  })

  it('orders any fleet: the first to go has no more requests than those that stay', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 2, maxLength: 20 }), loads => {
        const sorted = loads.map(load => member('ready', load)).sort((a, b) => worth(a) - worth(b))
        const [first, ...rest] = sorted.map(one => one.seat?.inFlight ?? 0)
        for (const load of rest) expect(first).toBeLessThanOrEqual(load)
      }),
    )
  })
})

describe('a new member', () => {
  it('is starting, never crashed and never came up', () => {
    expect(newMember('pod-1', 7)).toMatchObject({
      name: 'pod-1',
      state: 'starting',
      restarts: 0,
      createdAt: 7,
      startedAt: 7,
      cameUp: false,
      history: { failures: 0 },
    })
  })
})

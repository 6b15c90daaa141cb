import { describe, expect, it } from 'vitest'
import type { ConsumerView, EventView, TryView } from '../../../eventing/journal/event-view.ts'
import { formatEvent, formatEvents, formatSteps } from './print.ts'

const one = (more: Partial<TryView> = {}): TryView => ({
  ...{ at: '2026-01-01T10:00:00.500Z', to: 'http://pay', status: 200, ms: 4, next: 'done' },
  ...more,
})
const consumer = (more: Partial<ConsumerView> = {}): ConsumerView => ({
  ...{ name: 'app/pay', matched: true, by: 'filter.attributes: type is t', tries: [one()], outcome: 'done' },
  ...more,
})
const event = (more: Partial<EventView> = {}): EventView => ({
  ...{ key: 'log:1', id: '1', type: 't', source: '/s', time: '2026-01-01T10:00:00.000Z', broker: 'app/default' },
  ...{ attributes: { id: '1', type: 't' }, consumers: [consumer()], dead: false },
  ...more,
})
const unmatched = consumer({ name: 'app/other', matched: false, by: 'filter.attributes: type is t, not u', tries: [] })

describe('the table', () => {
  it('has a line an event, with who took it', () => {
    expect(formatEvents([event({ consumers: [consumer(), unmatched] })])).toBe(
      [
        'TIME           BROKER        TYPE   ID   DELIVERED TO',
        '10:00:00.000   app/default   t      1    app/pay done (200, 4 ms)',
        '',
      ].join('\n'),
    )
  })

  it.each([
    ['nobody', [unmatched], 'nobody'],
    ['one that waits for its first try', [consumer({ tries: [], outcome: 'pending' })], 'app/pay pending'],
    [
      'one that never answered',
      [consumer({ tries: [one({ status: 0 })], outcome: 'dropped' })],
      'app/pay dropped (no answer, 4 ms)',
    ],
    ['two', [consumer(), consumer({ name: 'app/b' })], 'app/pay done (200, 4 ms), app/b done (200, 4 ms)'],
  ])('says %s', (_sentence, consumers, text) => {
    expect(
      formatEvents([event({ consumers })])
        .split('\n')[1]
        ?.endsWith(text),
    ).toBe(true)
  })

  it('says that there is nothing', () => {
    expect(formatEvents([])).toBe('no events\n')
  })
})

describe('following', () => {
  it('prints each step once, in the order in which they happened', () => {
    const seen = new Map<string, number>()
    const first = one({ at: '2026-01-01T10:00:00.100Z', status: 503, next: 'again', waitMs: 200 })
    expect(formatSteps(event({ consumers: [consumer({ tries: [] })] }), seen)).toBe(
      '10:00:00.000 1 t arrived in app/default\n',
    )
    expect(formatSteps(event({ consumers: [consumer({ tries: [first] })] }), seen)).toBe(
      '10:00:00.100 1 t app/pay: http://pay answered 503, 4 ms, again in 200 ms\n',
    )
    expect(formatSteps(event({ consumers: [consumer({ tries: [first, one()] })] }), seen)).toBe(
      '10:00:00.500 1 t app/pay: http://pay answered 200, 4 ms\n',
    )
    expect(formatSteps(event({ consumers: [consumer({ tries: [first, one()] })] }), seen)).toBe('')
  })
})

it('one event is told whole, those too that did not take it', () => {
  const tries = [one({ status: 500, next: 'dead letter' }), one({ to: 'http://dead', status: 202, deadLetter: true })]
  const replied = one({ next: 'replied', reply: { id: 'r', type: 'paid' } })
  const consumers = [
    consumer({ tries, outcome: 'dead letter' }),
    consumer({ name: 'app/b', tries: [replied] }),
    unmatched,
  ]
  expect(formatEvent(event({ consumers }))).toBe(
    [
      '1 arrived in app/default at 2026-01-01T10:00:00.000Z',
      '  id: 1',
      '  type: t',
      'app/pay: dead letter, matched by filter.attributes: type is t',
      '  10:00:00.500 http://pay answered 500, 4 ms, to the dead-letter sink',
      '  10:00:00.500 dead-letter sink http://dead answered 202, 4 ms',
      'app/b: done, matched by filter.attributes: type is t',
      '  10:00:00.500 http://pay answered 200, 4 ms, replied paid r',
      'app/other: not matched by filter.attributes: type is t, not u',
      '',
    ].join('\n'),
  )
})

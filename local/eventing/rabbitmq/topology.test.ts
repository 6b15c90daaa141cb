import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import { pauseBefore } from './connection.ts'
import { bindingArguments, exchangeName, triggerNames } from './topology.ts'
import { parallelismOf } from './trigger-queue.ts'

describe('names on the server', () => {
  it("are those of Knative's operator", () => {
    const metadata = { name: 'default', namespace: 'app', uid: 'b-1' }
    expect(exchangeName({ apiVersion: '', kind: 'Broker', metadata, spec: {} })).toBe('b.app.default.b-1')
    expect(triggerNames('app/orders', 't-1', 'b-1')).toEqual({
      queue: 'app.orders.b-1',
      deadLetterExchange: 't.app.orders.dlx.t-1',
      deadLetterQueue: 't.app.orders.dlq.t-1',
    })
  })
})

describe('what a binding asks for', () => {
  it.each<[string, Parameters<typeof bindingArguments>[0], object]>([
    ['nothing without a filter', {}, {}],
    ['attributes of the filter', { filter: { attributes: { type: 'a', devuser: 'b' } } }, { type: 'a', devuser: 'b' }],
    ['the name alone of one with any value', { filter: { attributes: { type: '' } } }, { type: null }],
    ['nothing when other dialects decide', { filter: { attributes: { type: 'a' } }, filters: [{ cesql: 'TRUE' }] }, {}],
    ['the filter beside an empty list', { filter: { attributes: { type: 'a' } }, filters: [] }, { type: 'a' }],
  ])('%s', (_what, spec, expected) => {
    expect(bindingArguments(spec)).toEqual({ 'x-match': 'all', ...expected })
  })
})

describe('parallelism', () => {
  it.each<[string | undefined, number]>([
    [undefined, 1],
    ['1', 1],
    ['10', 10],
    ['1000', 1_000],
    ['0', 1],
    ['1001', 1],
    ['-5', 1],
    ['many', 1],
    ['1e3', 1],
  ])('%s is %i', (text, count) => {
    const annotations: Record<string, string> =
      text === undefined ? {} : { 'rabbitmq.eventing.knative.dev/parallelism': text }
    expect(parallelismOf({ annotations })).toBe(count)
  })
})

describe('the pause before another attempt to connect', () => {
  it('doubles up to half a minute, and is not the same for all', () => {
    const longest = { next: () => 1 }
    expect([1, 2, 3, 8, 50].map(failed => pauseBefore(failed, longest))).toEqual([250, 500, 1_000, 30_000, 30_000])
    const random = seededRandom(1)
    const pauses = Array.from({ length: 100 }, () => pauseBefore(3, random))
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(500)
    expect(new Set(pauses).size).toBeGreaterThan(50)
  })
})

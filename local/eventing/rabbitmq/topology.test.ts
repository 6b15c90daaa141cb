import { describe, expect, it } from 'vitest'
import { bindingArguments, exchangeName, triggerNames } from './topology.ts'

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

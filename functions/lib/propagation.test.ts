import { describe, expect, it } from 'vitest'
import { propagate, routingHeaders, traceHeaders, traceId } from './propagation.ts'

describe('header propagation', () => {
  it('KNI-10: the list is exactly that of the originals, the W3C pair, single b3 and the routing headers', () => {
    expect(new Set([...traceHeaders, ...routingHeaders])).toEqual(
      new Set([
        ...['x-request-id', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'],
        ...['x-ot-span-context', 'b3', 'traceparent', 'tracestate'],
        ...['x-dev-user', 'end-user', 'fail'],
      ]),
    )
  })

  it('hands on each of them, and nothing else', () => {
    const all = Object.fromEntries([...traceHeaders, ...routingHeaders].map(name => [name, `value of ${name}`]))
    const incoming = new Headers({ ...all, cookie: 'c', authorization: 'a', host: 'h', 'x-other': 'o' })
    expect(propagate(incoming)).toEqual(all)
  })

  it('KNI-11: takes who is asking from an event’s extension, unless the header says it', () => {
    expect(propagate(new Headers({ 'ce-devuser': 'beta' }))).toEqual({ 'x-dev-user': 'beta' })
    expect(propagate(new Headers({ 'ce-devuser': 'beta', 'x-dev-user': 'own' }))).toEqual({ 'x-dev-user': 'own' })
  })

  it('leaves out what is empty', () => {
    expect(propagate(new Headers({ 'x-request-id': '', 'end-user': 'jason' }))).toEqual({ 'end-user': 'jason' })
  })

  it.each([
    [{ 'x-b3-traceid': '463ac35c9f6413ad48485a3953bb6124' }, '463ac35c9f6413ad48485a3953bb6124'],
    [{ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }, '4bf92f3577b34da6a3ce929d0e0e4736'],
    [{ b3: '80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1' }, '80f198ee56343ba864fe8b2a57d3eff7'],
    [{ 'x-request-id': 'r-1', 'x-b3-traceid': '463ac35c9f6413ad48485a3953bb6124' }, '463ac35c9f6413ad48485a3953bb6124'],
    [{ 'x-request-id': 'r-1' }, 'r-1'],
    [{ b3: '0' }, undefined],
    [{}, undefined],
  ])('finds the trace id in %j', (headers, id) => {
    expect(traceId(headers)).toBe(id)
  })
})

import type { MessageProperties } from 'amqplib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NotACloudEvent } from '../cloudevents/event.ts'
import type { LoggedEvent } from '../log/record.ts'
import { eventOf, messageOf } from './message.ts'

const attributes = { specversion: '1.0', id: '1', source: '/shop', type: 'order.created' }
const logged = (more: Record<string, string> = {}, data?: string, headers: string[] = []): LoggedEvent => ({
  event: { attributes: { ...attributes, ...more }, data: data === undefined ? undefined : Buffer.from(data) },
  headers,
})
const back = ({ content, options }: ReturnType<typeof messageOf>) =>
  eventOf(content, options as unknown as MessageProperties)

describe('an event as a message', () => {
  it.each<[string, LoggedEvent]>([
    ['with data and content type', logged({ datacontenttype: 'application/json' }, '{"a":1}')],
    ['without data', logged()],
    ['with extensions and a subject', logged({ subject: 'x', devuser: 'שָׁלוֹם', empty: '' }, 'x')],
    ['with headers that travel along', logged({}, 'x', ['traceparent', '00-1-2-03', 'traceparent', 'twice'])],
    ['with an extension called as a header of AMQP', logged({ type: 't', priority: '9' }, 'x')],
    ['that is meant for one consumer', { ...logged({}, 'x'), only: 'app/t' }],
    ['with a very long content type', logged({ datacontenttype: `text/${'x'.repeat(300)}` }, 'x')],
  ])('%s comes back as it was', (_what, event) => {
    expect(back(messageOf(event, 'm1'))).toEqual({ id: 'm1', logged: event })
  })

  it('comes back as it was, whatever is in it', () => {
    const names = fc.stringMatching(/^[a-z0-9]{1,20}$/)
    fc.assert(
      fc.property(fc.dictionary(names, fc.string()), fc.uint8Array(), fc.array(fc.string()), (more, bytes, headers) => {
        const data = bytes.length > 0 ? Buffer.from(bytes) : undefined
        const event: LoggedEvent = { event: { attributes: { ...more, ...attributes }, data }, headers }
        expect(back(messageOf(event, 'm1'))?.logged).toEqual(event)
      }),
    )
  })

  it('is written to disk, under its own id', () => {
    expect(messageOf(logged({ datacontenttype: 'text/plain' }, 'x'), 'm1').options).toMatchObject({
      persistent: true,
      messageId: 'm1',
      contentType: 'text/plain',
      headers: { ...attributes, 'content-type': 'text/plain' },
    })
  })

  it('carries why it is a dead letter', () => {
    const failure = { destination: 'http://sink', code: 503, data: 'bm8=' }
    expect(back(messageOf(logged(), 'm1', failure))).toEqual({ id: 'm1', logged: logged(), failure })
  })

  it('whose attributes fit into no message is refused', () => {
    expect(() => messageOf(logged({ large: 'x'.repeat(50_000) }), 'm1')).toThrow(NotACloudEvent)
    expect(() => messageOf(logged({ large: 'x'.repeat(45_000) }), 'm1')).not.toThrow()
  })

  it('counts its bytes', () => {
    const small = messageOf(logged(), 'm1').bytes
    expect(messageOf(logged({}, 'x'.repeat(1_000)), 'm1').bytes).toBe(small + 1_000)
  })
})

describe('a foreign message', () => {
  it.each<[string, object]>([
    ['without anything', {}],
    ['without an id', { headers: attributes }],
    ['without specversion', { messageId: '1', headers: { type: 'x' } }],
    ['with headers of ours that are none', { messageId: '1', headers: { ...attributes, 'x-skiff-headers': '{' } }],
    ['with numbers for attributes', { messageId: '1', headers: { specversion: 1 } }],
  ])('%s is no event', (_what, properties) => {
    expect(eventOf(Buffer.from('x'), properties as MessageProperties)).toBeUndefined()
  })

  it('that is an event loses what the server added', () => {
    const headers = { ...attributes, 'x-delivery-count': 2, 'x-death': [{ count: 1 }] }
    const properties = { messageId: 'm1', headers } as unknown as MessageProperties
    expect(eventOf(Buffer.alloc(0), properties)).toEqual({ id: 'm1', logged: logged() })
  })
})

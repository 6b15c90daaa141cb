import type { MessageProperties } from 'amqplib'
import { describe, expect, it } from 'vitest'
import { NotACloudEvent } from '../cloudevents/event.ts'
import { sourceEvent, traceOf } from './source-event.ts'

const names = { namespace: 'app', name: 'orders', queue: 'q' }
const own = '/apis/v1/namespaces/app/rabbitmqsources/orders#q'
const event = (properties: object, content = 'x') =>
  sourceEvent(Buffer.from(content), properties as MessageProperties, names, () => 'fresh')

describe('a message of a queue as an event', () => {
  it.each<[string, object, object]>([
    ['without any properties gets an id', {}, { id: 'fresh', subject: 'fresh' }],
    ['keeps the id of the message', { messageId: 'm' }, { id: 'm', subject: 'm' }],
    ['an empty id is none', { messageId: '' }, { id: 'fresh', subject: 'fresh' }],
    ['has the time of the message', { timestamp: 1_700_000_000 }, { time: '2023-11-14T22:13:20.000Z' }],
    ['a time beyond all calendars is none', { timestamp: 1e18 }, { time: undefined }],
    ['has its content type', { contentType: 'text/plain' }, { datacontenttype: 'text/plain' }],
    ['other headers are no attributes', { headers: { priority: 'high' } }, { priority: undefined }],
  ])('%s', (_what, properties, expected) => {
    const { attributes, data } = event(properties)
    expect(attributes).toMatchObject({ specversion: '1.0', type: 'dev.knative.rabbitmq.event', source: own })
    for (const [name, value] of Object.entries(expected)) expect(attributes[name]).toBe(value)
    expect(data).toEqual(Buffer.from('x'))
  })

  it.each<[string, object]>([
    ['under bare names', { specversion: '1.0', id: '1', type: 't', source: '/s', priority: 9 }],
    [
      'under names with a prefix',
      { 'ce-specversion': '1.0', 'CE-ID': '1', 'ce-type': 't', 'ce-source': '/s', 'ce-priority': '9' },
    ],
  ])('in binary mode, %s', (_what, headers) => {
    const added = { 'x-death': [{}], traceparent: '00-1', 'content-type': 'text/plain' }
    expect(event({ headers: { ...headers, ...added } }).attributes).toEqual({
      specversion: '1.0',
      id: '1',
      type: 't',
      source: '/s',
      priority: '9',
      datacontenttype: 'text/plain',
    })
  })

  it('in binary mode without a source comes from the queue', () => {
    expect(event({ headers: { specversion: '1.0', id: '1', type: 't' } }).attributes.source).toBe(own)
  })

  it('in structured mode', () => {
    const text = '{"specversion":"1.0","id":"1","type":"t","source":"/s","data":{"n":1}}'
    const { attributes, data } = event({ contentType: 'application/cloudevents+json; charset=UTF-8' }, text)
    expect(attributes).toMatchObject({ id: '1', source: '/s' })
    expect(String(data)).toBe('{"n":1}')
  })

  it.each<[string, object, string]>([
    ['broken JSON', { contentType: 'application/cloudevents+json' }, '{'],
    ['no id', { headers: { specversion: '1.0', type: 't' } }, 'x'],
    ['another version', { headers: { specversion: '9', id: '1', type: 't' } }, 'x'],
  ])('that claims to be one, with %s, is refused', (_what, properties, content) => {
    expect(() => event(properties, content)).toThrow(NotACloudEvent)
  })

  it('goes on in its trace', () => {
    expect(traceOf({ headers: { traceparent: '00-1', tracestate: 'a=b', other: 'x' } })).toEqual([
      ...['traceparent', '00-1'],
      ...['tracestate', 'a=b'],
    ])
    expect(traceOf({ headers: undefined })).toEqual([])
  })
})

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NotACloudEvent } from '../../eventing/cloudevents/event.ts'
import type { EventView } from '../../eventing/journal/event-view.ts'
import type { EventQuery, EventsControl } from '../../eventing/journal/events-control.ts'
import { notFound } from '../../kernel/refusals.ts'
import { eventsEndpoints } from './events.ts'

const view = (id: string): EventView => ({
  ...{ key: id, id, type: 't', source: '/s', time: '2026-01-01T00:00:00.000Z', broker: 'app/b' },
  ...{ attributes: {}, consumers: [], dead: false },
})

/** What was asked of the events, and a listener that follows. */
class Events implements EventsControl {
  readonly asked: unknown[] = []
  readonly followers = new Set<(event: EventView) => void>()
  failure: Error | undefined

  list(query: EventQuery, limit: number) {
    this.asked.push(query, limit)
    return [view('1'), view('2')]
  }
  follow(_query: EventQuery, listener: (event: EventView) => void) {
    this.followers.add(listener)
    return () => void this.followers.delete(listener)
  }
  async replay(query: EventQuery) {
    this.asked.push(query)
    return [{ id: '1', consumer: 'app/t' }]
  }
  async send(broker: string, event: object) {
    if (this.failure) throw this.failure
    this.asked.push(broker, event)
  }
}

let events: Events
let server: Server
let url: string
beforeEach(async () => {
  events = new Events()
  const handlers = eventsEndpoints(events)
  server = createServer((request, response) => {
    void handlers.get(new URL(request.url ?? '/', 'http://x').pathname)?.(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/skiff/events`
})
afterEach(() => void server.close().closeAllConnections())

const post = (path: string, body: unknown) => fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) })

describe('looking', () => {
  it('answers a line an event, asked as the query says', async () => {
    const lines = (await (await fetch(`${url}?type=t&dead=true&limit=7&broker=app/b&id=1`)).text()).trim().split('\n')
    expect(lines.map(line => (JSON.parse(line) as EventView).id)).toEqual(['1', '2'])
    expect(events.asked).toEqual([{ type: 't', dead: true, broker: 'app/b', id: '1' }, 7])
  })

  it('asks for the newest fifty unless told otherwise', async () => {
    await fetch(url)
    expect(events.asked).toEqual([{}, 50])
  })

  it.each(['x', '-1', '1.5'])('refuses the limit %s', async limit => {
    expect((await fetch(`${url}?limit=${limit}`)).status).toBe(400)
  })

  it('goes on with what happens, until the reader goes', async () => {
    const reading = new AbortController()
    const body = (await fetch(`${url}?follow=true&limit=0`, { signal: reading.signal })).body
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
    await reader?.read()
    for (const follower of events.followers) follower(view('3'))
    let text = ''
    while (!text.includes('"3"')) text += (await reader?.read())?.value ?? ''
    reading.abort()
    while (events.followers.size > 0) await new Promise(resolve => setTimeout(resolve, 2))
  })
})

describe('giving out again', () => {
  it.each([
    [{ id: '1' }, { id: '1' }],
    [{ dead: true }, { dead: true }],
  ])('%j', async (body, query) => {
    const answer = await post('/replay', body)
    expect(await answer.json()).toEqual({ replayed: [{ id: '1', consumer: 'app/t' }] })
    expect(events.asked).toEqual([query])
  })

  it.each([[{}], [{ dead: false }], [{ id: 7 }], ['text'], [null]])('refuses %j', async body => {
    expect((await post('/replay', body)).status).toBe(400)
    expect(events.asked).toEqual([])
  })
})

describe('sending', () => {
  const attributes = { specversion: '1.0', id: '1', source: '/s', type: 't' }

  it('hands the event on, and says that it was taken', async () => {
    const answer = await post('/send', { broker: 'app/b', attributes, data: 'x' })
    expect([answer.status, await answer.json()]).toEqual([202, { accepted: '1' }])
    expect(events.asked).toEqual(['app/b', { attributes, data: Buffer.from('x') }])
  })

  it.each([[{}], [{ broker: 'app/b' }], [{ broker: 'app/b', attributes: { id: 1 } }], [[]]])(
    'refuses %j',
    async body => {
      expect((await post('/send', body)).status).toBe(400)
    },
  )

  it.each([
    ['what is no event', new NotACloudEvent('type is missing'), 400],
    ['a broker that is not there', notFound({ group: 'g', kind: 'Broker', namespace: 'app', name: 'b' }), 404],
    ['a log that is full', new Error('the log is full'), 503],
  ])('says that it is %s', async (_sentence, failure, status) => {
    events.failure = failure
    const answer = await post('/send', { broker: 'app/b', attributes })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ kind: 'Status', message: failure.message })
  })
})

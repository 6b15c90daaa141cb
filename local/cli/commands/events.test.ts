import { beforeEach, describe, expect, it } from 'vitest'
import { eventsEndpoints } from '../../composition/endpoints/events.ts'
import { NotACloudEvent } from '../../eventing/cloudevents/event.ts'
import type { EventView, TryView } from '../../eventing/journal/event-view.ts'
import type { EventQuery, EventsControl } from '../../eventing/journal/events-control.ts'
import { notFound } from '../../kernel/refusals.ts'
import { runCli } from '../cli-under-test.ts'

const attempt: TryView = { at: '2026-01-01T00:00:00.020Z', to: 'http://f', status: 200, ms: 5, next: 'done' }
const view = (id: string, more: Partial<EventView> = {}): EventView => ({
  ...{ key: id, id, type: 'order.made', source: '/s', time: '2026-01-01T00:00:00.000Z', broker: 'app/default' },
  ...{ attributes: { id, type: 'order.made' }, dead: false },
  consumers: [{ name: 'app/t', matched: true, by: 'no filter', tries: [attempt], outcome: 'done' }],
  ...more,
})

let held: EventView[]
let asked: unknown[]
/** Called when somebody follows, with what tells them of an event. */
let onFollow: (tell: (event: EventView) => void) => void
const control: EventsControl = {
  list(query, limit) {
    asked.push({ ...query, limit })
    return query.id === undefined ? held : held.filter(({ id }) => id === query.id)
  },
  follow(_query, listener) {
    onFollow(listener)
    return () => {}
  },
  async replay(query: EventQuery) {
    asked.push(query)
    return held
      .filter(({ id, dead }) => (query.dead ? dead : id === query.id))
      .map(({ id }) => ({ id, consumer: 'app/t' }))
  },
  async send(broker, event) {
    if (broker === 'app/none')
      throw notFound({ group: 'eventing.knative.dev', kind: 'Broker', namespace: 'app', name: 'none' })
    if (event.attributes.type === 'bad type') throw new NotACloudEvent('type is wrong')
    asked.push([broker, event.attributes, event.data?.toString()])
  },
}
const endpoints = eventsEndpoints(control)
/** Ends the answer that was begun last, as a runtime does that stops. */
let endAnswer = () => {}
const cli = runCli({
  extra: new Map([
    ...endpoints,
    [
      '/skiff/events',
      (request, response) => {
        endAnswer = () => void response.end()
        return endpoints.get('/skiff/events')?.(request, response)
      },
    ],
  ]),
})
beforeEach(() => {
  held = [view('e-1'), view('e-2', { consumers: [], dead: true })]
  asked = []
  onFollow = () => {}
})

describe('events', () => {
  it('shows where each went, and how that ended', async () => {
    const { code, out } = await cli.skiff(['events'])
    expect(code).toBe(0)
    expect(out.split('\n').map(line => line.trimEnd())).toEqual([
      'TIME           BROKER        TYPE         ID    DELIVERED TO',
      '00:00:00.000   app/default   order.made   e-1   app/t done (200, 5 ms)',
      '00:00:00.000   app/default   order.made   e-2   nobody',
      '',
    ])
    expect(asked).toEqual([{ limit: 50 }])
  })

  it('asks for no more than it was asked', async () => {
    await cli.skiff(['events', '--type', 'order.*', '--broker', 'app/default', '--dead', '--limit', '3'])
    expect(asked).toEqual([{ type: 'order.*', broker: 'app/default', dead: true, limit: 3 }])
  })

  it('says when there are none, and gives JSON when asked', async () => {
    expect(JSON.parse((await cli.skiff(['events', '--json'])).out)).toEqual(JSON.parse(JSON.stringify(held)))
    held = []
    expect((await cli.skiff(['events'])).out).toBe('no events\n')
  })

  it('follows, one line a step, each step once, until the runtime ends', async () => {
    onFollow = tell => {
      const arrived = view('e-3', { consumers: [] })
      tell(arrived)
      tell(view('e-3'))
      tell(view('e-3'))
      endAnswer()
    }
    const { out } = await cli.skiff(['events', '--follow'])
    expect(out.split('\n').filter(line => line.includes('e-3'))).toEqual([
      '00:00:00.000 e-3 order.made arrived in app/default',
      '00:00:00.020 e-3 order.made app/t: http://f answered 200, 5 ms',
    ])
  })

  it('shows each step of one, and says when the journal has it no more', async () => {
    expect((await cli.skiff(['events', 'show', 'e-1'])).out).toContain('app/t: done, matched by no filter')
    expect(await cli.skiff(['events', 'show', 'e-9'])).toMatchObject({
      ...{ code: 1, err: 'skiff: no event with id e-9 among those the journal still holds\n' },
    })
  })
})

describe('events replay', () => {
  it.each([
    ['one event', ['e-1'], 'e-1 → app/t\n', { id: 'e-1' }],
    ['all given up', ['--dead'], 'e-2 → app/t\n', { dead: true }],
  ])('gives %s out again', async (_, args, said, query) => {
    expect(await cli.skiff(['events', 'replay', ...args])).toEqual({ code: 0, out: said, err: '' })
    expect(asked).toEqual([query])
  })

  it.each([
    ['neither', [], 2, 'name one event by its id, or give --dead'],
    ['both', ['e-1', '--dead'], 2, 'name one event by its id, or give --dead'],
    ['one that is not held', ['e-9'], 1, 'no event with id e-9'],
  ])('refuses %s', async (_, args, code, sentence) => {
    expect(await cli.skiff(['events', 'replay', ...args])).toMatchObject({
      code,
      err: expect.stringContaining(sentence),
    })
  })

  it('says when nothing was given up', async () => {
    held = []
    expect((await cli.skiff(['events', 'replay', '--dead'])).out).toBe('nothing was given up\n')
  })
})

describe('events send', () => {
  const send = (...args: string[]) => cli.skiff(['events', 'send', ...args], { input: '{"from":"input"}' })

  it('hands a whole event to the broker', async () => {
    const flags = ['--type', 'order.made', '--id', 'x', '--subject', 's', '--ext', 'tenant=a=b', '--data', '{"n":1}']
    expect(await send('app/default', ...flags)).toEqual({ code: 0, out: 'x accepted by app/default\n', err: '' })
    expect(asked).toEqual([
      [
        'app/default',
        {
          ...{ specversion: '1.0', id: 'x', source: '/skiff', type: 'order.made', subject: 's', tenant: 'a=b' },
          datacontenttype: 'application/json',
        },
        '{"n":1}',
      ],
    ])
  })

  it('names a broker by its namespace, and reads data from the input', async () => {
    await send('default', '-n', 'app', '--type', 't', '--data', '-')
    expect(asked).toEqual([['app/default', expect.objectContaining({ type: 't' }), '{"from":"input"}']])
  })

  it.each([
    ['no type', ['app/default'], 2, 'give the event a --type'],
    [
      'an extension without a value',
      ['app/default', '--type', 't', '--ext', 'a'],
      2,
      '--ext a: an attribute reads name=value',
    ],
    ['a broker that is not there', ['app/none', '--type', 't'], 1, '(NotFound)'],
    ['what is no event', ['app/default', '--type', 'bad type'], 1, 'type is wrong'],
  ])('refuses %s', async (_, args, code, sentence) => {
    expect(await send(...args)).toMatchObject({ code, err: expect.stringContaining(sentence) })
  })
})

import { describe, expect, it } from 'vitest'
import { eventing, type Trigger } from '../../api/eventing/types.ts'
import { FakeClock } from '../../kernel/clock.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { arrived } from '../broker/arrival.ts'
import type { LoggedEvent } from '../log/record.ts'
import { EventJournal } from './event-journal.ts'
import type { EventView } from './event-view.ts'
import { eventsControl } from './events-control.ts'
import type { Attempt } from './journal.ts'

const attempt = (next: Attempt['next'], more: Partial<Attempt> = {}): Attempt => ({
  ...{ to: 'http://a', status: 200, ms: 1, next },
  ...more,
})

function world() {
  const clock = new FakeClock()
  const store = new ObjectStore({ clock, random: seededRandom(1) })
  const journal = new EventJournal({ clock })
  const accepted: { to: string; events: readonly LoggedEvent[] }[] = []
  const accept = async (to: string, events: readonly LoggedEvent[]) => void accepted.push({ to, events })
  const control = eventsControl({ store, journal, accept, arrived: event => arrived(event, clock.now()) ?? event })
  const trigger = (name: string, type: string) =>
    store.create({
      ...{ apiVersion: 'eventing.knative.dev/v1', kind: 'Trigger', metadata: { name, namespace: 'app' } },
      spec: { broker: 'b', filter: { attributes: { type } }, subscriber: {} },
    } as Trigger)
  const logged = (id: string, type: string): LoggedEvent => ({
    event: { attributes: { specversion: '1.0', id, source: '/s', type }, data: undefined },
    headers: [],
  })
  const arrive = (id: string, type = 't', to = 'app/b') => journal.arrived(id, to, logged(id, type))
  const tried = (id: string, name: string, given: Attempt, to = 'app/b') =>
    journal.tried(id, name, given, { broker: to, logged: logged(id, 't') })
  return { clock, store, control, accepted, trigger, arrive, tried }
}

const outcomes = (view: EventView | undefined) =>
  Object.fromEntries(
    (view?.consumers ?? []).map(({ name, matched, outcome }) => [name, matched ? outcome : 'not matched']),
  )

describe('looking at events', () => {
  it('tells of every trigger of the broker whether it took the event, and how that ended', () => {
    const { control, trigger, arrive, tried } = world()
    for (const name of ['done', 'dead', 'dropped', 'again', 'turned', 'replied', 'fresh']) trigger(name, 't')
    trigger('other', 'u')
    arrive('1')
    tried('1', 'app/done', attempt('done'))
    tried('1', 'app/dead', attempt('dead letter'))
    tried('1', 'app/dead', attempt('done', { deadLetter: true }))
    tried('1', 'app/dropped', attempt('dropped'))
    tried('1', 'app/again', attempt('again'))
    tried('1', 'app/turned', attempt('dead letter'))
    tried('1', 'app/replied', attempt('replied', { reply: { id: 'r', type: 't' } }))
    const [view] = control.list({}, 10)
    expect(outcomes(view)).toEqual({
      ...{ 'app/done': 'done', 'app/dead': 'dead letter', 'app/dropped': 'dropped', 'app/again': 'pending' },
      ...{ 'app/turned': 'pending', 'app/replied': 'replied', 'app/fresh': 'pending', 'app/other': 'not matched' },
    })
    expect(view).toMatchObject({ id: '1', type: 't', broker: 'app/b', dead: true, time: '2026-01-01T00:00:00.000Z' })
  })

  it('asks no trigger that came later, and tells of one that is gone what it did', async () => {
    const { clock, store, control, trigger, arrive, tried } = world()
    trigger('gone', 't')
    arrive('1')
    tried('1', 'app/gone', attempt('done'))
    store.delete({ ...eventing.trigger, namespace: 'app', name: 'gone' })
    await clock.advance(2_000)
    trigger('late', 't')
    expect(outcomes(control.list({}, 10)[0])).toEqual({ 'app/gone': 'done' })
  })

  it.each([
    ['all, the oldest first', {}, 10, ['1', '2', '3']],
    ['the newest', {}, 2, ['2', '3']],
    ['none', {}, 0, []],
    ['an id', { id: '2' }, 10, ['2']],
    ['a type', { type: 'order.paid' }, 10, ['3']],
    ['types that begin so', { type: 'order.*' }, 10, ['2', '3']],
    ['a broker', { broker: 'app/c' }, 10, ['3']],
    ['what was given up', { dead: true }, 10, ['1']],
    ['nothing that is all of it', { dead: true, broker: 'app/c' }, 10, []],
  ])('shows %s', (_sentence, query, limit, ids) => {
    const { control, arrive, tried } = world()
    arrive('1', 't')
    tried('1', 'app/x', attempt('dropped'))
    arrive('2', 'order.created')
    arrive('3', 'order.paid', 'app/c')
    expect(control.list(query, limit).map(({ id }) => id)).toEqual(ids)
  })

  it('follows what matches, until it is told to stop', () => {
    const { control, arrive } = world()
    const seen: string[] = []
    const stop = control.follow({ type: 'u' }, ({ id }) => void seen.push(id))
    arrive('1', 't')
    arrive('2', 'u')
    stop()
    arrive('3', 'u')
    expect(seen).toEqual(['2'])
  })
})

describe('giving events out again', () => {
  it('to those alone that gave it up, and only once', async () => {
    const { control, accepted, arrive, tried } = world()
    arrive('1')
    tried('1', 'app/x', attempt('dropped'))
    tried('1', 'app/y', attempt('dead letter'))
    tried('1', 'app/z', attempt('done'))
    expect(await control.replay({ dead: true })).toEqual([
      { id: '1', consumer: 'app/x' },
      { id: '1', consumer: 'app/y' },
    ])
    expect(accepted.map(({ to, events }) => [to, events.map(({ only }) => only)])).toEqual([
      ['app/b', ['app/x', 'app/y']],
    ])
    expect(await control.replay({ dead: true })).toEqual([])
  })

  it('to all that match, where nobody gave it up', async () => {
    const { control, accepted, arrive } = world()
    arrive('1')
    expect(await control.replay({ id: '1' })).toEqual([{ id: '1' }])
    expect(accepted[0]?.events).toMatchObject([{ event: { attributes: { id: '1' } } }])
    expect(accepted[0]?.events[0]).not.toHaveProperty('only')
  })

  it('finds nothing that the journal does not hold', async () => {
    const { control, accepted } = world()
    expect(await control.replay({ id: 'x' })).toEqual([])
    expect(accepted).toEqual([])
  })
})

describe('sending', () => {
  const attributes = { specversion: '1.0', id: '1', source: '/s', type: 't' }

  it('takes an event in as the ingress does', async () => {
    const { control, accepted } = world()
    await control.send('app/b', { attributes, data: Buffer.from('x') })
    expect(accepted[0]).toMatchObject({
      to: 'app/b',
      events: [{ event: { attributes: { ...attributes, knativebrokerttl: '255' } }, headers: [] }],
    })
  })

  it('refuses what is no event', async () => {
    const { control } = world()
    await expect(control.send('app/b', { attributes: { ...attributes, type: '' }, data: undefined })).rejects.toThrow(
      'type',
    )
  })
})

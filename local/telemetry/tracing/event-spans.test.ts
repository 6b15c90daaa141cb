import { describe, expect, it } from 'vitest'
import type { Attempt, LoggedEvent } from '../events.ts'
import { eventSpans } from './event-spans.ts'
import { treeOf } from './trace-view.ts'
import { TracedWorld } from './tracer-harness.ts'

const ingress = 'broker-ingress.knative-eventing.svc.cluster.local'

function eventWorld(settings = {}) {
  const world = new TracedWorld(settings)
  const spans = eventSpans({ tracer: world.tracer, find: id => world.ring.find(id), now: () => world.now })
  return { world, spans }
}

const logged = (headers: readonly string[], id = 'e-1'): LoggedEvent => ({
  event: { attributes: { id, type: 'order.placed', source: '/shop' } },
  headers,
})

const tried = (more: Partial<Attempt> = {}): Attempt => ({
  to: 'http://payer.app/',
  status: 200,
  ms: 20,
  next: 'done',
  ...more,
})
const of = { broker: 'app/orders' }

function drawn(world: TracedWorld): string[] {
  return treeOf(world.ring.list()[0]?.spans ?? []).map(({ depth, name }) => `${'  '.repeat(depth)}${name}`)
}

/** A function sends an event; `deliver` is called in place of what the trigger does. */
function chain({ world, spans }: ReturnType<typeof eventWorld>, early: boolean) {
  const edge = world.atGateway('shop.app').placed('shop-1')
  const toBroker = world.from('shop-1', ingress, edge.headers)
  toBroker.hop.target = '/app/orders'
  if (toBroker.spans) toBroker.spans.span.name = `POST ${ingress}/app/orders`
  const event = logged(edge.headers)
  if (!early) spans.arrived('log:1', 'app/orders', event)
  world.now += 5
  const delivery = world.atGateway('payer.app', [...edge.headers, 'ce-id', 'e-1'], { repeats: true })
  if (early) spans.arrived('log:1', 'app/orders', event)
  delivery.placed('payer-1-deployment-z').after(20).end('payer-1-deployment-z')
  spans.tried('log:1', 'app/pay', tried(), { ...of, logged: event })
  return event
}

describe('an event within a chain', () => {
  it.each([
    ['known before it is delivered', false],
    ['delivered before the journal knows of it', true],
  ])('%s: broker below who sent it, trigger below the broker, the subscriber below the trigger', (_when, early) => {
    const both = eventWorld()
    chain(both, early)
    expect(drawn(both.world)).toEqual([
      'GET shop.app/path',
      '  GET shop.app/path',
      `    POST ${ingress}/app/orders`,
      '      broker:orders.app',
      '        trigger:pay.app',
      '          GET payer.app/path',
      '            GET /path',
    ])
  })

  it('has a span for each try, and each request below its own', () => {
    const both = eventWorld()
    const event = chain(both, false)
    const { world, spans } = both
    world.now += 100
    world
      .atGateway('payer.app', [...event.headers, 'ce-id', 'e-1'], { repeats: true })
      .after(20)
      .end()
    spans.tried('log:1', 'app/pay', tried({ status: 500, next: 'again' }), { ...of, logged: event })
    const triggers = world.ring.list()[0]?.spans.filter(({ kind }) => kind === 'consumer') ?? []
    expect(triggers.map(({ failed, attributes }) => [failed, attributes['http.status_code']])).toEqual([
      [undefined, 200],
      [true, 500],
    ])
    const below = triggers.map(
      ({ spanId }) => world.ring.list()[0]?.spans.filter(({ parentId }) => parentId === spanId).length,
    )
    expect(below).toEqual([1, 1])
  })
})

describe('an event from nowhere', () => {
  it('begins a trace, in which its deliveries are found by its id', () => {
    const { world, spans } = eventWorld()
    spans.arrived('log:1', 'app/orders', logged([]))
    world.atGateway('payer.app', ['ce-id', 'e-1'], { repeats: true }).end()
    spans.tried('log:1', 'app/pay', tried(), { ...of, logged: logged([]) })
    expect(drawn(world)).toEqual(['broker:orders.app', '  trigger:pay.app', '    GET payer.app/path'])
    expect(world.ring.find('e-1')).toBe(world.ring.list()[0])
  })

  it('begins none where nothing is sampled, nor when it belongs to a chain that is not kept', () => {
    const off = eventWorld({ sampling: () => 0 })
    off.spans.arrived('log:1', 'app/orders', logged([]))
    const on = eventWorld()
    on.spans.arrived('log:1', 'app/orders', logged(['x-request-id', 'of-another']))
    on.spans.tried('log:1', 'app/pay', tried(), { ...of, logged: logged([]) })
    expect([off.world.ring.list(), on.world.ring.list()]).toEqual([[], []])
  })
})

it('channels and subscriptions are named as such, and a dead letter is one', () => {
  const { world, spans } = eventWorld()
  spans.arrived('log:1', 'channel:app/pipe', logged([]))
  const channel = { broker: 'channel:app/pipe', logged: logged([]) }
  spans.tried('log:1', 'app/sub', tried({ deadLetter: true }), channel)
  const all = world.ring.list()[0]?.spans ?? []
  expect(all.map(({ service, name }) => [service, name])).toEqual([
    ['channel', 'channel:pipe.app'],
    ['subscription', 'subscription:sub.app'],
  ])
  expect(all[1]?.attributes['kn.sink.kind']).toBe('dead-letter-sink')
})

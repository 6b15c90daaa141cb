import { describe, expect, it } from 'vitest'
import { FakeClock } from '../kernel/clock.ts'
import type { Condition } from '../kernel/conditions.ts'
import type { KubeObject } from '../kernel/object.ts'
import { ObjectStore } from '../kernel/object-store.ts'
import { seededRandom } from '../kernel/random.ts'
import { allReady, notReady, serviceStatuses } from './status.ts'

type State = 'True' | 'False' | 'Unknown' | 'none'

function world() {
  const clock = new FakeClock()
  const store = new ObjectStore({ clock, random: seededRandom(1) })
  const steps: string[] = []
  /** Makes the object, or brings its Ready condition up to date. */
  const service = (name: string, state: State, observed = 1) => {
    const condition = { type: 'Ready', status: state, reason: 'RevisionMissing', message: 'no image' } as Condition
    const conditions = state === 'none' ? [] : [condition]
    const status = { url: `http://${name}.app`, observedGeneration: observed, conditions }
    const object = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name, namespace: 'app' } }
    const found = store.get({ group: 'serving.knative.dev', kind: 'Service' }, 'app', name) ?? store.create(object)
    const changed: KubeObject & { status: typeof status } = { ...found, status }
    store.updateStatus(changed)
  }
  let outcome = 'waiting'
  const wait = (timeoutMs: number) =>
    void allReady(store, clock, timeoutMs, step => steps.push(step)).then(
      () => {
        outcome = 'ready'
      },
      (error: Error) => {
        outcome = error.message
      },
    )
  /** Changes are looked at once the turn of the event loop is over. */
  const turn = () => new Promise(resolve => setImmediate(resolve))
  return { clock, store, service, steps, wait, turn, outcome: () => outcome }
}

describe('what is not Ready', () => {
  it.each<[string, State, number, string | undefined]>([
    ['nothing, once it is', 'True', 1, undefined],
    ['what says so itself', 'False', 1, 'False: Service app/cart: RevisionMissing: no image'],
    ['what does not know yet', 'Unknown', 1, 'Unknown: Service app/cart: RevisionMissing: no image'],
    ['what nobody looked at', 'none', 1, 'Unknown: Service app/cart: not reconciled yet'],
    ['what was Ready before it changed', 'True', 0, 'Unknown: Service app/cart: RevisionMissing: no image'],
  ])('is %s', (_, state, observed, expected) => {
    const { store, service } = world()
    service('cart', state, observed)
    const [found] = notReady(store)
    expect(found && `${found.status}: ${found.sentence}`).toBe(expected)
  })

  it('says nothing of kinds that have no readiness', () => {
    const { store } = world()
    store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'app' } })
    expect(notReady(store)).toEqual([])
  })
})

describe('waiting for all', () => {
  it('ends at once where there is nothing to wait for', async () => {
    const { wait, turn, outcome } = world()
    wait(1_000)
    await turn()
    expect(outcome()).toBe('ready')
  })

  it('ends when the last one is Ready, and says on the way how many are not', async () => {
    const { service, wait, turn, steps, outcome } = world()
    service('a', 'Unknown')
    service('b', 'Unknown')
    wait(1_000)
    service('a', 'True')
    await turn()
    expect(outcome()).toBe('waiting')
    service('b', 'True')
    await turn()
    expect(outcome()).toBe('ready')
    expect(steps.map(step => step.replace(/;.*/, ''))).toEqual(['2 not Ready yet', '1 not Ready yet'])
  })

  it('names each that is not Ready when the time is over', async () => {
    const { clock, service, wait, outcome } = world()
    service('a', 'Unknown')
    service('b', 'none')
    wait(60_000)
    await clock.advance(60_000)
    expect(outcome()).toBe('waiting')
    await clock.advance(500)
    expect(outcome()).toBe(
      'not everything got Ready:\n  Service app/a: RevisionMissing: no image\n  Service app/b: not reconciled yet',
    )
  })

  it('gives up sooner where all that is left has failed, and not where one may still come right', async () => {
    const { clock, service, wait, turn, outcome } = world()
    service('a', 'False')
    service('b', 'Unknown')
    wait(60_000)
    await clock.advance(20_000)
    expect(outcome()).toBe('waiting')
    service('b', 'True')
    await turn()
    expect(outcome()).toMatch(/^not everything got Ready:\n {2}Service app\/a/)
  })

  it('lets a failure come right for ten seconds', async () => {
    const { clock, service, wait, turn, outcome } = world()
    service('a', 'False')
    wait(60_000)
    await clock.advance(9_000)
    service('a', 'True')
    await turn()
    expect(outcome()).toBe('ready')
  })
})

it('a service is told with its URL, its readiness and its own pods', () => {
  const { store, service } = world()
  service('cart', 'False')
  service('fresh', 'none')
  for (const [name, of] of [
    ['p-1', 'cart'],
    ['p-2', 'cart'],
    ['p-3', 'other'],
  ]) {
    const labels = { 'serving.knative.dev/service': of ?? '' }
    store.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: name ?? '', namespace: 'app', labels } })
  }
  expect(serviceStatuses(store)).toEqual([
    {
      ...{ namespace: 'app', name: 'cart', url: 'http://cart.app', ready: 'False', reason: 'RevisionMissing' },
      instances: 2,
    },
    { namespace: 'app', name: 'fresh', url: 'http://fresh.app', ready: 'Unknown', reason: '', instances: 0 },
  ])
})

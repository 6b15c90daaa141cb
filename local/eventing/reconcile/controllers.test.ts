import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { type KindController, startControllers } from './controllers.ts'

const kind = { group: 'x.dev', kind: 'X' }
const draft = (name: string, of = 'X'): KubeObject => ({
  ...{ apiVersion: 'x.dev/v1', kind: of, metadata: { name, namespace: 'app' } },
})

async function running(more: Partial<KindController> = {}, before: readonly string[] = []) {
  const clock = new FakeClock()
  const store = new ObjectStore({ clock, random: seededRandom(1) })
  for (const name of before) store.create(draft(name))
  const seen: string[] = []
  const log: string[] = []
  const controller: KindController = {
    kind,
    reconcile: ({ metadata }) => void seen.push(metadata.name),
    gone: key => void seen.push(`gone ${key}`),
    ...more,
  }
  const controllers = startControllers({ store, clock, log: (_level, message) => void log.push(message) }, [controller])
  const settle = async () => {
    await clock.advance(0)
    await controllers.settled()
    return seen.splice(0)
  }
  return { clock, store, controllers, settle, log }
}

describe('controllers', () => {
  it('look at everything that is there, then at each change, and at each end', async () => {
    const { store, settle } = await running({}, ['old'])
    expect(await settle()).toEqual(['old'])
    store.create(draft('new'))
    store.create(draft('other', 'Y'))
    expect(await settle()).toEqual(['new'])
    store.delete({ ...kind, namespace: 'app', name: 'new' })
    expect(await settle()).toEqual(['gone app/new'])
  })

  it('look once at an object, however many changes of a turn concern it', async () => {
    let asked = 0
    const concerns = (_object: KubeObject, changed: KubeObject) => {
      asked++
      return changed.kind === 'Y'
    }
    const { store, settle } = await running({ concerns }, ['a'])
    await settle()
    for (const name of ['one', 'two', 'three']) store.create(draft(name, 'Y'))
    expect(asked).toBe(0)
    expect(await settle()).toEqual(['a'])
    expect(asked).toBe(1)
  })

  it('look at objects that another one concerns', async () => {
    const concerns = (object: KubeObject, changed: KubeObject) =>
      changed.metadata.name === `for-${object.metadata.name}`
    const { store, settle } = await running({ concerns }, ['a', 'b'])
    await settle()
    store.create(draft('for-b', 'Y'))
    expect(await settle()).toEqual(['b'])
  })

  it('look at an object whose concern cannot be told, and the writer of the change does not suffer', async () => {
    const concerns = () => {
      throw new Error('no spec')
    }
    const { store, settle } = await running({ concerns }, ['a'])
    await settle()
    store.create(draft('y', 'Y'))
    expect(await settle()).toEqual(['a'])
  })

  it('do not look up from pods and events, which change with every request', async () => {
    const { store, settle } = await running({ concerns: () => true }, ['a'])
    await settle()
    store.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'app' } })
    expect(await settle()).toEqual([])
  })

  it('look again when asked, and later when they failed', async () => {
    let fails = 1
    const seen: string[] = []
    const reconcile = ({ metadata }: KubeObject) => {
      seen.push(metadata.name)
      if (fails-- > 0) throw new Error('not yet')
    }
    const { clock, controllers, settle, log } = await running({ reconcile }, ['a'])
    await settle()
    expect(log).toEqual(['X app/a: not yet'])
    await clock.advance(5)
    controllers.again(kind, 'app/a')
    await settle()
    expect(seen).toEqual(['a', 'a', 'a'])
  })

  it('end, with what they run beside', async () => {
    let stopped = false
    const { store, controllers, settle } = await running({
      stop: () => {
        stopped = true
      },
    })
    await controllers.stop()
    store.create(draft('late'))
    expect([await settle(), stopped]).toEqual([[], true])
  })
})

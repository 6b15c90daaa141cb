import { CloudEvent } from 'cloudevents'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PoisonEvent } from '../lib/events.ts'
import { openSqliteStore } from '../lib/sqlite-store.ts'
import type { Store } from '../lib/store.ts'
import { recall, recordOf, remember } from './read-model.ts'

let store: Store
beforeEach(async () => {
  store = await openSqliteStore(':memory:')
})
afterEach(() => store.close())

const told = (recordVersion: number, fields = {}) => ({ id: 'u1', recordVersion, ...fields })

describe('what is known of a record', () => {
  it('is what was told last, in whatever order it comes', async () => {
    for (const version of [3, 1, 5, 2, 4]) await remember(store, 'users', told(version, { name: `n${version}` }), false)
    expect(await recall(store, 'users', 'u1')).toMatchObject({ name: 'n5', known: 5 })
  })

  it('stays as it is when the same is told again', async () => {
    expect(await remember(store, 'users', told(1), false)).toBe(true)
    expect(await remember(store, 'users', told(1), false)).toBe(false)
  })

  it('has ended even if an older fact comes after its end', async () => {
    await remember(store, 'users', told(3), true)
    await remember(store, 'users', told(2, { name: 'late' }), false)
    expect(await recall(store, 'users', 'u1')).toBeUndefined()
    await remember(store, 'users', told(4, { name: 'back' }), false)
    expect(await recall(store, 'users', 'u1')).toMatchObject({ name: 'back' })
  })

  it('survives facts that come at once', async () => {
    const versions = Array.from({ length: 20 }, (_, index) => index + 1)
    await Promise.all(versions.map(version => remember(store, 'users', told(version), false)))
    expect(await recall(store, 'users', 'u1')).toMatchObject({ known: 20 })
  })
})

describe('the record in a fact', () => {
  const event = (data: unknown) => new CloudEvent({ id: 'e1', type: 't', source: 's', data })

  it('has an id and a version', () => {
    expect(recordOf(event(told(2, { x: 1 })))).toEqual({ id: 'u1', recordVersion: 2, x: 1 })
  })

  it.each([[undefined], [null], ['text'], [{}], [{ id: 'u1' }], [{ id: 1, recordVersion: 1 }], [told(1.5)]])(
    '%j is none',
    data => {
      expect(() => recordOf(event(data))).toThrow(PoisonEvent)
    },
  )
})

import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../kernel/object.ts'
import { carryOver, createMemo } from './carry-over.ts'

function object(name: string, resourceVersion?: string, uid = 'u'): KubeObject {
  const metadata = { name, namespace: 'n', uid, ...(resourceVersion && { resourceVersion }) }
  return { apiVersion: 'v1', kind: 'Service', metadata }
}

describe('objects carried over', () => {
  it('are the old ones where the version is the same', () => {
    const before = [object('a', '1'), object('b', '1')]
    const after = [object('a', '1'), object('b', '2')]
    const kept = carryOver(after, before)
    expect(kept[0]).toBe(before[0])
    expect(kept[1]).toBe(after[1])
  })

  it('are the old list when nothing changed', () => {
    const before = [object('a', '1'), object('b', '1')]
    expect(carryOver([object('a', '1'), object('b', '1')], before)).toBe(before)
  })

  it.each([
    ['one more', [object('a', '1'), object('b', '1')]],
    ['one less', []],
    ['another of the same name', [object('a', '1', 'other')]],
    ['no version to tell by', [object('a')]],
  ])('are a new list with %s', (_title, after) => {
    expect(carryOver(after, [object('a', '1')])).not.toEqual([object('a', '1')])
  })

  it('are told by identity without a version', () => {
    const before = [object('a')]
    expect(carryOver([...before], before)).toBe(before)
    const [renewed] = carryOver([object('a')], before)
    expect(renewed).not.toBe(before[0])
  })
})

describe('a memo', () => {
  it('makes a thing once for the same inputs', () => {
    const memo = createMemo<object, number>()
    const key = {}
    const input = {}
    let made = 0
    const get = (...inputs: unknown[]) => memo.get(key, inputs, () => ++made)
    expect([get(input), get(input), get(input, 1), get({}, 1), get({}, 1)]).toEqual([1, 1, 2, 3, 4])
  })

  it('hands over what was made from other inputs', () => {
    const memo = createMemo<object, string>()
    const key = {}
    memo.get(key, [1], () => 'first')
    expect(memo.get(key, [2], previous => `${previous}, second`)).toBe('first, second')
  })
})

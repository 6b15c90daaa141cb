import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import { podName, podNamePrefix, templateHash } from './names.ts'

it('names pods as a Deployment does', () => {
  const hash = templateHash({ containers: [{ image: 'a' }] })
  expect(podName('hello-00001', hash, seededRandom(1))).toMatch(
    /^hello-00001-deployment-[bcdfghjklmnpqrstvwxz2456789]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/,
  )
})

it('hashes equal templates alike and others apart', () => {
  expect(templateHash({ a: 1 })).toBe(templateHash({ a: 1 }))
  expect(templateHash({ a: 1 })).not.toBe(templateHash({ a: 2 }))
})

describe('names of pods', () => {
  it('of a revision with a long name stay names of hosts, and those of two revisions differ', () => {
    const names = ['a', 'b'].map(end => podNamePrefix(`${'long-'.repeat(11)}${end}`, '57c7cd548'))
    for (const name of names) expect(name.length).toBeLessThanOrEqual(58)
    expect(names[0]).not.toBe(names[1])
  })
})

import { expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import { podName, templateHash } from './names.ts'

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

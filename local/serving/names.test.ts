// Names of children: short ones are joined, long ones end in a digest and still fit.
import { expect, it } from 'vitest'
import { childName } from './names.ts'

it('a child’s name fits a host label and tells parents apart', () => {
  expect(childName('hello', '-00001')).toBe('hello-00001')
  const long = childName('a'.repeat(63), '-00001')
  expect(long).toMatch(/^a{25}[0-9a-f]{32}-00001$/)
  expect(childName(`${'a'.repeat(62)}b`, '-00001')).not.toBe(long)
  expect(childName('a', 's'.repeat(63))).toHaveLength(63)
})

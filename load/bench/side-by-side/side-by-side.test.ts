import { hostname } from 'node:os'
import { expect, it } from 'vitest'
import { busy, machine, sideBySide } from './side-by-side.ts'

it('the machine is told by its cores, memory, Node and the day, not by its name', () => {
  expect(machine()).toMatch(/^\d+ × .+, \d+ GiB, Node v\d+\.\d+\.\d+, \d{4}-\d\d-\d\d$/)
  expect(machine()).not.toContain(hostname())
})

it.each([
  [0.2, 2, ''],
  [1, 2, ''],
  [3.14, 2, '; busy with other work (load 3.1), so take the ratios with care'],
])('a load of %d on %d cores is told as "%s"', (load, cores, remark) => expect(busy(load, cores)).toBe(remark))

it('seconds that are none are wrong usage', async () => {
  expect(await sideBySide(['--seconds', 'few'])).toBe(2)
})

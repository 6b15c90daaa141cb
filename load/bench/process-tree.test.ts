import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { cpuSeconds, proportionalMemory, treeOf } from './process-tree.ts'

it.runIf(existsSync('/proc/self/smaps_rollup'))('counts a process and its child', async () => {
  const script =
    "require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }); console.log('up')"
  const parent = spawn(process.execPath, ['-e', `${script}; setInterval(() => {}, 1000)`])
  const pid = parent.pid ?? 0
  await new Promise(resolve => parent.stdout.once('data', resolve))
  const tree = treeOf(pid)
  expect(tree).toHaveLength(2)
  expect(proportionalMemory(tree)).toBeGreaterThan(proportionalMemory([pid]))
  expect(cpuSeconds(pid)).toBeGreaterThan(0)
  for (const one of tree) process.kill(one, 'SIGKILL')
})

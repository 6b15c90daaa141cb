// Proportional memory of the whole process tree when nothing is asked.

import { pause, startWorld } from '../world.ts'
import { atMost, type Bench, given } from './bench.ts'
import { proportionalMemory, treeOf } from './process-tree.ts'
import { mebibytes } from './stats.ts'

export const idleMemory: Bench = {
  name: 'idle-memory',
  async run(progress) {
    const world = await startWorld()
    progress('letting it settle')
    await pause(5_000)
    const tree = treeOf(world.pid)
    const all = proportionalMemory(tree)
    const runtime = proportionalMemory([world.pid])
    await world.stop()
    return [
      atMost(`idle, all at zero, ${tree.length} processes, proportional memory`, all, 200 * 2 ** 20, mebibytes),
      given('of it the runtime itself', mebibytes(runtime)),
    ]
  },
}

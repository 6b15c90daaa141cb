// From the start of the process to everything Ready, all at zero: bundles in the cache, and the first time.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWorld } from '../world.ts'
import { atMost, type Bench } from './bench.ts'
import { median, milliseconds } from './stats.ts'

const runs = 7

export const boot: Bench = {
  name: 'boot',
  async run(progress) {
    const stateDir = mkdtempSync(join(tmpdir(), 'skiff-bench-boot-'))
    const times: number[] = []
    for (let run = 0; run <= runs; run++) {
      progress(run === 0 ? 'first boot' : `boot ${run} of ${runs}`)
      const world = await startWorld({ stateDir, flags: run === 0 ? [] : ['--fresh'] })
      times.push(world.bootMs)
      await world.stop()
    }
    rmSync(stateDir, { recursive: true })
    const [first = Number.NaN, ...cached] = times
    return [
      atMost('boot to everything Ready at zero, bundles cached', median(cached), 500, milliseconds),
      atMost('boot to everything Ready at zero, first time', first, 3_000, milliseconds),
    ]
  },
}

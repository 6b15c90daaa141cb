// How long `skiff explain` takes from cold: a process, the project's YAML, one route.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { projectDir } from '../world.ts'
import { atMost, type Bench } from './bench.ts'
import { median } from './stats.ts'

const rounds = 7
const launcher = join(projectDir, 'local/cli/bin/skiff.js')

export const explain: Bench = {
  name: 'explain',
  async run(progress) {
    const times: number[] = []
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`)
      times.push(once())
    }
    return [atMost('skiff explain from cold, p50', median(times), 300, value => `${value.toFixed(0)} ms`)]
  },
}

function once(): number {
  const startedAt = performance.now()
  const args = [launcher, 'explain', 'http://api.greeting.localhost/api/greeting']
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: projectDir, encoding: 'utf8' })
  if (status !== 0) throw new Error(`skiff explain ended with ${status}: ${stderr}`)
  return performance.now() - startedAt
}

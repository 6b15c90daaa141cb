// `npm run soak [NAME…] [--scale N] [--seed N]`: holds the promises under faults for minutes; exit code 1 when one breaks.
import { parseArgs } from 'node:util'
import { seededRandom } from '../../local/kernel/random.ts'
import { killInstances } from './kill-instances.ts'
import { killRuntime } from './kill-runtime.ts'
import { killSubscribers } from './kill-subscribers.ts'
import { relayLoad } from './relay-load.ts'
import { shop } from './shop.ts'
import type { Soak } from './soak.ts'

const soaks: Soak[] = [killInstances, killRuntime, killSubscribers, relayLoad, shop]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { scale: { type: 'string', default: '1' }, seed: { type: 'string', default: '1' } },
})
const chosen = soaks.filter(soak => positionals.length === 0 || positionals.includes(soak.name))
if (chosen.length === 0) {
  console.error(`no soak ${positionals.join(', ')}; there are: ${soaks.map(soak => soak.name).join(', ')}`)
  process.exit(2)
}

let broken = 0
for (const soak of chosen) {
  console.log(`${soak.name}: ${soak.goal}`)
  const context = { scale: Number(values.scale), random: seededRandom(Number(values.seed)), progress }
  const { summary, failures } = await soak.run(context)
  progress('')
  console.log(`${failures.length === 0 ? '✓' : '✗'} ${summary}`)
  for (const failure of failures.slice(0, 10)) console.log(`  ${failure}`)
  broken += failures.length
}
process.exit(broken === 0 ? 0 : 1)

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

// `npm run bench side-by-side [-- --readme] [--seconds N] [--json]`: ours beside peers, in one run on one machine.
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { projectDir } from '../../world.ts'
import { compareChains } from './chains.ts'
import { compareBrokers } from './events.ts'
import { compareColdStarts, compareGateways } from './gateway.ts'
import { type Comparison, insert, markdown } from './table.ts'

const parts = [compareChains, compareGateways, compareColdStarts, compareBrokers]

/** Takes all comparisons and prints them; resolves with the exit code. `words` come after `side-by-side`. */
export async function sideBySide(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      ...{ readme: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
      seconds: { type: 'string', default: '10' },
    },
  })
  const seconds = Number(values.seconds)
  if (!(seconds >= 1)) {
    console.error(`--seconds is "${values.seconds}", it should be a number from 1 on`)
    return 2
  }
  const readme = join(projectDir, 'README.md')
  // Minutes of measuring are not for nothing: the place for the table is looked for first.
  if (values.readme) insert(readFileSync(readme, 'utf8'), '')
  const setting = machine() + busy(loadavg()[0] ?? 0, cpus().length)
  const comparisons: Comparison[] = []
  for (const part of parts) comparisons.push(...(await part(seconds, progress)))
  progress('')
  if (values.json) console.log(JSON.stringify({ machine: setting, comparisons }, undefined, 2))
  else console.log(markdown(comparisons, setting))
  if (values.readme) writeFileSync(readme, insert(readFileSync(readme, 'utf8'), markdown(comparisons, setting)))
  return 0
}

function progress(step: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${step}`)
}

/** A remark for the reader when others used the machine before the run: such figures are of little use. */
export function busy(load: number, cores: number): string {
  return load > cores / 2 ? `; busy with other work (load ${load.toFixed(1)}), so take the ratios with care` : ''
}

/** What the figures depend on, and nothing that names the machine. */
export function machine(): string {
  const model = cpus()[0]?.model ?? 'unknown CPU'
  const date = new Date().toISOString().slice(0, 10)
  return `${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${date}`
}

// `npm run bench [NAME…]`: takes the measurements and prints them beside their goals. Never decides a test.
import type { Bench, Figure } from './bench.ts'
import { boot } from './boot.ts'
import { broker } from './broker.ts'
import { coldChain, warmChain } from './chain.ts'
import { coldServices } from './cold-services.ts'
import { coldStart } from './cold-start.ts'
import { explain } from './explain.ts'
import { h2Hop } from './h2-hop.ts'
import { idleMemory } from './idle-memory.ts'
import { ingressHop } from './ingress-hop.ts'
import { meshHop } from './mesh-hop.ts'
import { rollout } from './rollout.ts'
import { machine, sideBySide } from './side-by-side/side-by-side.ts'

const benches: Bench[] = [
  boot,
  idleMemory,
  coldStart,
  coldServices,
  coldChain,
  rollout,
  ingressHop,
  meshHop,
  h2Hop,
  explain,
  warmChain,
  broker,
]

// A table of its own form, made alone.
if (process.argv[2] === 'side-by-side') process.exit(await sideBySide(process.argv.slice(3)))

const json = process.argv.includes('--json')
const names = process.argv.slice(2).filter(word => !word.startsWith('--'))
const unknown = names.filter(name => !benches.some(bench => bench.name === name))
if (unknown.length > 0) {
  console.error(
    `no bench ${unknown.join(', ')}; there are: ${benches.map(bench => bench.name).join(', ')}; and, alone, side-by-side`,
  )
  process.exit(2)
}

const figures: Figure[] = []
for (const bench of benches.filter(one => names.length === 0 || names.includes(one.name))) {
  const taken = await bench.run(step => progress(`${bench.name}: ${step}`))
  progress('')
  figures.push(...taken)
  if (!json) for (const figure of taken) console.log(row(figure))
}
if (json) console.log(JSON.stringify({ machine: machine(), figures }, undefined, 2))
else console.log(`\n${machine()}`)

function row({ what, measured, goal, reached }: Figure): string {
  const mark = reached === undefined ? ' ' : reached ? '✓' : '✗'
  return `${mark} ${what.padEnd(66)} ${measured.padStart(14)}   ${goal}`
}

function progress(text: string): void {
  if (!json && process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

// Orders while instances and the runtime are killed, and payments fail by rule: every order ends, and no piece is lost.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Random, uuid } from '../../local/kernel/random.ts'
import { launcher, pause, projectDir, startWorld, type World } from '../world.ts'
import { killOne } from './kill-instances.ts'
import { type AuditedOrder, audit, type Shelf } from './shop-audit.ts'
import { type ShopClient, shopClient, type Wanted } from './shop-client.ts'
import type { Soak } from './soak.ts'

export const shop: Soak = {
  name: 'shop',
  goal: 'two minutes of orders under kill -9 and failing payments: each ends, the books are right, the log has every fact',
  async run({ scale, random, progress }) {
    const { orders, kills, restarts, failures } = await ordersUnderFire({ seconds: 120 * scale, random, progress })
    const count = (status: string) => orders.filter(order => order.status === status).length
    const endings = `${count('FULFILLED')} fulfilled, ${count('FAILED')} failed, ${count('REJECTED')} rejected`
    const faults = `${kills} instances and ${restarts} runtimes killed`
    return { summary: `${orders.length} orders: ${endings}; ${faults}, ${failures.length} flaws`, failures }
  },
}

export interface Attack {
  /** How long orders are placed. */
  seconds: number
  random: Random
  /** Customers who place one order after another. */
  customers?: number
  /** Seconds between two kills of the runtime, about. */
  restartEvery?: number
  progress?(step: string): void
}

export interface Fought {
  orders: AuditedOrder[]
  /** Instances killed. */
  kills: number
  /** Runtimes killed. */
  restarts: number
  /** What is wrong in the end, a sentence each. */
  failures: string[]
}

interface Battle extends Required<Attack> {
  stateDir: string
  world: World
  client: ShopClient
  /** Orders that were asked for. */
  wanted: Wanted[]
  /** Ids of those that were answered, by key. */
  placed: Map<string, string>
  kills: number
  restarts: number
  over: boolean
}

/** Places orders for a while under faults, lets everything come to rest, and looks into the books. */
export async function ordersUnderFire(attack: Attack): Promise<Fought> {
  const stateDir = mkdtempSync(join(tmpdir(), 'skiff-shop-'))
  const world = await startWorld({ stateDir })
  const client = shopClient(() => battle.world.port)
  const none = { wanted: [], placed: new Map(), kills: 0, restarts: 0, over: false }
  const defaults = { customers: 4, restartEvery: 20, progress: () => {} }
  const battle: Battle = { ...defaults, ...attack, ...none, stateDir, world, client }
  try {
    for (const sku of ['mug', 'lamp', 'sticker']) await client.restock(sku, plenty)
    const before = await client.shelves()
    await fight(battle)
    const { orders, failures } = await rest(battle, before)
    return { orders, failures, kills: battle.kills, restarts: battle.restarts }
  } finally {
    await battle.world.stop()
    rmSync(stateDir, { recursive: true, force: true })
  }
}

async function fight(battle: Battle): Promise<void> {
  const faults = [killInstances(battle), killRuntimes(battle), changeRules(battle)]
  const buying = Array.from({ length: battle.customers }, () => buy(battle))
  await pause(battle.seconds * 1_000)
  battle.over = true
  await Promise.all([...faults, ...buying])
  await rule(battle, 'calm')
}

const plenty = 100_000

/** Most want what there is plenty of; the sticker cannot be paid, and of posters there are three. */
const basket = ['ebook', 'ebook', 'ebook', 'mug', 'mug', 'lamp', 'sticker', 'poster']

async function buy(battle: Battle): Promise<void> {
  const { random, client } = battle
  while (!battle.over) {
    const sku = basket[Math.floor(random.next() * basket.length)] ?? 'ebook'
    const wanted = { key: uuid(random), sku, quantity: 1 + Math.floor(random.next() * 3) }
    battle.wanted.push(wanted)
    await client.place(wanted).then(
      id => battle.placed.set(wanted.key, id),
      () => pause(100),
    )
    await pause(random.next() * 300)
  }
}

async function killInstances(battle: Battle): Promise<void> {
  while (!battle.over) {
    await pause(300 + battle.random.next() * 1_200)
    if (killOne(battle.world.pid, battle.random)) battle.kills++
    const { placed, wanted, kills, restarts } = battle
    battle.progress(
      `${placed.size} of ${wanted.length} orders placed, ${kills} instances and ${restarts} runtimes killed`,
    )
  }
}

async function killRuntimes(battle: Battle): Promise<void> {
  for (;;) {
    await during(battle, battle.restartEvery * (500 + battle.random.next() * 1_000))
    if (battle.over) return
    process.kill(battle.world.pid, 'SIGKILL')
    await battle.world.stop()
    battle.world = await startWorld({ stateDir: battle.stateDir })
    battle.restarts++
  }
}

async function changeRules(battle: Battle): Promise<void> {
  for (let chaos = true; !battle.over; chaos = !chaos) {
    await rule(battle, chaos ? 'chaos-payments' : 'calm')
    await during(battle, 3_000 + battle.random.next() * 4_000)
  }
}

/** Pauses, but not beyond the end of the fight. */
async function during(battle: Battle, ms: number): Promise<void> {
  for (let left = ms; left > 0 && !battle.over; left -= 100) await pause(100)
}

/** Applies a rule set of the shop. A runtime that was just killed takes none; the next one follows soon. */
function rule({ stateDir }: Battle, name: string): Promise<void> {
  const words = [launcher, 'rules', 'commerce', name, '--state', stateDir]
  const child = spawn(process.execPath, words, { cwd: projectDir, stdio: 'ignore' })
  return new Promise(resolve => child.once('close', () => resolve()))
}

/** Deliveries that back off for long are through by then. */
const patienceSeconds = 240

/** Waits until the books are right, or patience ends. What nobody answered is asked again first, as customers do. */
async function rest(battle: Battle, before: readonly Shelf[]): Promise<Pick<Fought, 'orders' | 'failures'>> {
  const { client, placed } = battle
  for (const wanted of battle.wanted.filter(({ key }) => !placed.has(key))) {
    placed.set(wanted.key, await untilPlaced(client, wanted))
  }
  const deadline = Date.now() + patienceSeconds * 1_000
  const settled: AuditedOrder[] = []
  for (let open = [...placed.values()]; ; await pause(500)) {
    const orders = await ordersOf(client, open)
    const [done, others] = parted(orders, order => audit([], [], [order]).length === 0)
    settled.push(...done)
    open = others.map(({ id }) => id)
    battle.progress(`${settled.length} of ${placed.size} orders settled`)
    const all = [...settled, ...others]
    const failures = audit(before, await client.shelves(), all)
    if (failures.length === 0 || Date.now() > deadline) return { orders: all, failures }
  }
}

/** Asks for a few at a time. */
async function ordersOf(client: ShopClient, ids: readonly string[]): Promise<AuditedOrder[]> {
  const orders: AuditedOrder[] = []
  for (let from = 0; from < ids.length; from += 8) {
    orders.push(...(await Promise.all(ids.slice(from, from + 8).map(id => client.order(id)))))
  }
  return orders
}

function parted<T>(all: readonly T[], holds: (one: T) => boolean): [T[], T[]] {
  const groups = Map.groupBy(all, holds)
  return [groups.get(true) ?? [], groups.get(false) ?? []]
}

async function untilPlaced(client: ShopClient, wanted: Wanted): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.place(wanted)
    } catch (error) {
      if (attempt === 20) throw new Error(`an order could not be placed in ${attempt} tries: ${String(error)}`)
      await pause(500)
    }
  }
}

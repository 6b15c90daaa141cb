import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { startGuard } from '../process/guard.ts'
import { createPool, type Pool } from './pool.ts'

// Stands for the pool program: says that it booted, and that it listens as soon as it is told what to be.
const program = `
const { Socket } = require('node:net')
const channel = new Socket({ fd: 3, readable: true, writable: true })
channel.on('close', () => process.exit(1))
channel.on('data', () => channel.write('{"type":"ready"}\\n'))
require('node:fs').appendFileSync('boots', process.pid + '\\n')
channel.write('{"type":"booted"}\\n')
`
const assignment = {
  ...{ bundle: '', codeCache: '', env: {}, args: [], cwd: '/', listen: { path: '' }, graceMs: 0 },
  ...{ projectDir: '', roots: [] },
}

let folder: string
let clock: FakeClock
let guard: ReturnType<typeof startGuard>
let pool: Pool
let warnings: string[]
let taken: number[]

function start(size: number): Pool {
  const file = join(folder, 'program.cjs')
  writeFileSync(file, program)
  const log = (_level: string, message: string) => void warnings.push(message)
  return createPool({ program: Promise.resolve(file), size, stateDir: folder, guard, clock, log })
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pool-'))
  clock = new FakeClock()
  guard = startGuard(join(folder, 'sockets'))
  warnings = []
  taken = []
})

afterEach(async () => {
  pool.stop()
  await guard.close()
  rmSync(folder, { recursive: true, force: true })
})

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function take() {
  const process = await pool.take()
  taken.push(process.pid)
  return process
}

/** Takes a process and makes it a function. */
async function become() {
  const process = await take()
  process.assign(assignment)
  await process.listening
  return process
}

/** Processes ever started: each has its log from then on. */
const started = () => readdirSync(join(folder, 'logs/.pool')).length

/** Processes that booted, live, and belong to nobody. */
function waiting(): number[] {
  const booted = readFileSync(join(folder, 'boots'), 'utf8').split('\n').filter(Boolean).map(Number)
  return booted.filter(pid => alive(pid) && !taken.includes(pid))
}

const waitingCount = () => waiting().length

describe('the pool', () => {
  it('gives each process once', async () => {
    pool = start(2)
    await pool.ready()
    const pids = [await become(), await become(), await become()].map(({ pid }) => pid)
    expect(new Set(pids).size).toBe(3)
    for (const pid of pids) expect(alive(pid)).toBe(true)
  })

  it('fills up again a quarter of a second after the last function listens, with a process that boots ahead', async () => {
    pool = start(1)
    await pool.ready()
    const first = await become()
    await clock.advance(249)
    expect(started()).toBe(1)
    await clock.advance(1)
    expect(started()).toBe(2)
    await expect.poll(waitingCount).toBe(1)
    const second = await become()
    expect(second.pid).not.toBe(first.pid)
    expect(second.booted()).toBe(true)
  })

  it('holds back while a function is on its way to listening, but not for ever', async () => {
    pool = start(1)
    await pool.ready()
    await take()
    await clock.advance(1_999)
    expect(started()).toBe(1)
    await clock.advance(1)
    expect(started()).toBe(2)
  })

  it('fills up within two seconds though functions start one after another all the time', async () => {
    pool = start(1)
    await pool.ready()
    for (let taken = 0; taken < 9; taken++) {
      await become()
      await clock.advance(220)
    }
    expect(started()).toBe(9)
    await clock.advance(20)
    expect(started()).toBe(10)
    await expect.poll(waitingCount).toBe(1)
  })

  it('grows on a hint, and gives back after ten seconds what nobody needed', async () => {
    pool = start(1)
    await pool.ready()
    pool.expect(3)
    await expect.poll(waitingCount).toBe(3)
    await clock.advance(9_999)
    expect(waitingCount()).toBe(3)
    await clock.advance(1)
    await expect.poll(waitingCount).toBe(1)
  })

  it('replaces a waiting process that died, and says so', async () => {
    pool = start(1)
    await pool.ready()
    const [pid] = waiting()
    process.kill(pid ?? 0, 'SIGKILL')
    await expect.poll(() => warnings).toEqual(['a waiting process of the pool ended'])
    await clock.advance(250)
    await expect.poll(waitingCount).toBe(1)
    expect(waiting()).not.toContain(pid)
  })

  it('of size zero boots for whoever asks, and keeps none', async () => {
    pool = start(0)
    await pool.ready()
    await become()
    await clock.advance(5_000)
    expect(started()).toBe(1)
  })

  it('ends its waiting processes when it stops', async () => {
    pool = start(1)
    await pool.ready()
    const [pid] = waiting()
    pool.stop()
    await expect.poll(() => alive(pid ?? 0)).toBe(false)
  })
})

describe('a pool that cannot start', () => {
  it('tells whoever takes, and notes it', async () => {
    const log = (_level: string, message: string) => void warnings.push(message)
    const failing = Promise.reject(new Error('no esbuild here'))
    pool = createPool({ program: failing, size: 1, stateDir: folder, guard, clock, log })
    await expect(pool.take()).rejects.toThrow('no esbuild here')
    expect(warnings).toContain('the pool cannot start processes')
  })
})

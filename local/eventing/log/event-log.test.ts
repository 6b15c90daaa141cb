import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../kernel/clock.ts'
import { silentLog } from '../../kernel/log.ts'
import { defaultLogLimits, LogFull, type LogLimits } from './capacity.ts'
import { type EventLog, openLog } from './event-log.ts'
import { Progress } from './progress.ts'
import { decodeRecord, encodeRecord } from './record.ts'

let folder: string
let file: string
let log: EventLog

const open = async (limits: Partial<LogLimits> = {}) => {
  log = await openLog(file, { clock: systemClock, log: silentLog, limits: { ...defaultLogLimits, ...limits } })
}
const entry = (id: string, data = '') => ({
  event: { attributes: { specversion: '1.0', id, source: '/', type: 't' }, data: data ? Buffer.from(data) : undefined },
  headers: ['traceparent', 'x'],
})
const ids = async (broker: string, after: number, limit = 100) =>
  (await log.read(broker, after, limit)).entries.map(one => one.event.attributes.id)
const until = async (holds: () => boolean | Promise<boolean>) => {
  while (!(await holds())) await new Promise(resolve => setTimeout(resolve, 5))
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'event-log-'))
  file = join(folder, 'broker.db')
  await open()
})

afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

it('a record comes back as it went in', () => {
  for (const one of [entry('ä'), entry('b', 'data\0'), { ...entry('c'), only: 'ns/t' }]) {
    const record = encodeRecord(one)
    expect(decodeRecord(record)).toEqual({ ...one, record })
  }
})

describe('reading', () => {
  it('gives each broker its own entries in order, from memory and from the file alike', async () => {
    log.track('a', 'ns/a', new Progress(0))
    log.track('b', 'ns/b', new Progress(0))
    await Promise.all(['1', '2', '3', '4'].map(id => log.append(Number(id) % 2 ? 'ns/a' : 'ns/b', entry(id, id))))
    expect(await ids('ns/a', 0)).toEqual(['1', '3'])
    await log.close()
    await open()
    expect(await ids('ns/a', 0)).toEqual(['1', '3'])
    expect(await ids('ns/b', 2)).toEqual(['4'])
    expect((await log.read('ns/a', 0, 1)).scanned).toBe(1)
    expect((await log.read('ns/a', 3, 9)).scanned).toBe(4)
    expect((await log.get(3))?.event.data?.toString()).toBe('3')
    expect(await log.get(99)).toBeUndefined()
  })

  it('turns to the file for what no longer fits in memory', async () => {
    await log.close()
    await open({ tailBytes: 400 })
    log.track('a', 'ns/a', new Progress(0))
    for (let id = 1; id <= 20; id++) await log.append('ns/a', entry(String(id), 'x'.repeat(100)))
    expect(await ids('ns/a', 0)).toHaveLength(20)
    expect(await ids('ns/a', 19)).toEqual(['20'])
  })
})

describe('what was appended', () => {
  it('is acknowledged to its sender before triggers take it up', async () => {
    const order: string[] = []
    const told = new Promise<void>(resolve => {
      log.onAppend('ns/a', () => {
        order.push('taken up')
        resolve()
      })
    })
    const appends = ['1', '2'].map(id => log.append('ns/a', entry(id)).then(() => order.push(`acknowledged ${id}`)))
    await Promise.all([told, ...appends])
    expect(order).toEqual(['acknowledged 1', 'acknowledged 2', 'taken up'])
  })

  it('is told only to those who still listen by then', async () => {
    let told = 0
    const stop = log.onAppend('ns/a', () => {
      told++
    })
    await log.append('ns/a', entry('1'))
    stop()
    await new Promise(resolve => setImmediate(resolve))
    await log.append('ns/a', entry('2'))
    await new Promise(resolve => setImmediate(resolve))
    expect(told).toBe(0)
  })
})

describe('compaction', () => {
  it('deletes what every trigger is done with, and nothing else', async () => {
    const [quick, slow] = [new Progress(0), new Progress(0)]
    log.track('quick', 'ns/a', quick)
    log.track('slow', 'ns/a', slow)
    for (const id of ['1', '2', '3']) await log.append('ns/a', entry(id))
    for (const one of [quick, slow]) one.advance(3)
    log.touch()
    await until(() => log.size.events === 0)
    for (const id of ['4', '5', '6']) await log.append('ns/a', entry(id))
    quick.advance(6)
    slow.begin(4)
    slow.begin(6)
    slow.advance(6)
    log.touch()
    await until(() => log.size.events === 2)
    expect((await log.get(4))?.seq).toBe(4)
    slow.done(4)
    log.touch()
    await until(async () => (await log.get(4)) === undefined)
    expect((await log.get(6))?.seq).toBe(6)
    log.forget('slow')
    await until(() => log.size.events === 0 && log.size.bytes === 0)
  })

  it('never gives a number twice, even when everything was deleted before a restart', async () => {
    const progress = new Progress(0)
    log.track('t', 'ns/a', progress)
    const first = await log.append('ns/a', entry('1'))
    progress.advance(first)
    log.touch()
    await until(() => log.size.events === 0)
    await log.close()
    await open()
    expect(log.saved.get('t')?.read).toBe(first)
    expect(await log.append('ns/a', entry('2'))).toBe(first + 1)
  })
})

describe('bounds', () => {
  it('refuses at nine tenths, keeps the last tenth for replies, and counts what waits for the disk', async () => {
    await log.close()
    await open({ maxEvents: 10 })
    log.track('t', 'ns/a', new Progress(0))
    const appends = Array.from({ length: 12 }, (_, index) => log.append('ns/a', entry(String(index))))
    const results = await Promise.allSettled(appends)
    expect(results.filter(one => one.status === 'fulfilled')).toHaveLength(9)
    await expect(log.append('ns/a', entry('r'), true)).resolves.toBe(10)
    await expect(log.append('ns/a', entry('r'), true)).rejects.toThrow(LogFull)
  })

  it('refuses by bytes as well', async () => {
    await log.close()
    await open({ maxBytes: 1_000 })
    await expect(log.append('ns/a', entry('1', 'x'.repeat(1_000)))).rejects.toThrow(LogFull)
  })
})

describe('faults', () => {
  it('a file that is no log is refused with its name', async () => {
    const broken = join(folder, 'broken.db')
    writeFileSync(broken, 'x'.repeat(5_000))
    await expect(openLog(broken, { clock: systemClock, log: silentLog })).rejects.toThrow(
      `${broken}: file is not a database`,
    )
  })

  it('after close, appends are refused', async () => {
    await log.close()
    await expect(log.append('ns/a', entry('1'))).rejects.toThrow('the event log is closed')
    await open()
  })
})

const writer = `
  import { openLog } from '${new URL('./event-log.ts', import.meta.url).href}'
  import { Progress } from '${new URL('./progress.ts', import.meta.url).href}'
  import { systemClock } from '${new URL('../../kernel/clock.ts', import.meta.url).href}'
  const log = await openLog(process.argv[1], { clock: systemClock, log: () => {} })
  if (!log.saved.has('t')) log.track('t', 'ns/a', new Progress(log.last))
  const produce = async lane => {
    for (let n = 0; ; n++) {
      const attributes = { specversion: '1.0', id: process.argv[2] + '-' + lane + '-' + n, source: '/', type: 't' }
      await log.append('ns/a', { event: { attributes, data: Buffer.alloc(500) }, headers: [] })
      process.stdout.write(attributes.id + '\\n')
    }
  }
  for (let lane = 0; lane < 16; lane++) produce(lane)
`

/** Runs a writer until it has reported `count` accepted events, then kills it. Resolves with all it reported. */
async function writeAndKill(round: number, count: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer, file, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const accepted: string[] = []
  for await (const line of createInterface(child.stdout)) {
    if (accepted.push(line) === count) child.kill('SIGKILL')
  }
  return accepted
}

it('three writers killed -9 in the middle of their work: every accepted event is there', async () => {
  await log.close()
  const accepted: string[] = []
  for (let round = 0; round < 3; round++) accepted.push(...(await writeAndKill(round, 400)))
  await open()
  const found = new Set<string>()
  let after = log.saved.get('t')?.read ?? -1
  while (after < log.last) {
    const { entries, scanned } = await log.read('ns/a', after, 500)
    for (const one of entries) found.add(one.event.attributes.id ?? '')
    after = scanned
  }
  expect(accepted.length).toBeGreaterThanOrEqual(1_200)
  expect(accepted.filter(id => !found.has(id))).toEqual([])
})

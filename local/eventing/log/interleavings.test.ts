// Whatever the order of appends, deliveries, acknowledgements, saves, compactions and crashes: nothing accepted is lost.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LogDatabase } from './database.ts'
import { Progress } from './progress.ts'

const triggers = ['one', 'other'] as const
type Trigger = (typeof triggers)[number]

/** A real file, two triggers, and what each has really acknowledged. */
class World {
  readonly #folder = mkdtempSync(join(tmpdir(), 'interleavings-'))
  readonly #accepted: number[] = []
  readonly #acknowledged = { one: new Set<number>(), other: new Set<number>() }
  #database = this.#open()
  #progress = { one: new Progress(0), other: new Progress(0) }

  constructor() {
    this.save()
  }

  /** Entries are accepted when the commit is through; progress rides along. */
  append(): void {
    const first = this.#database.last + 1
    const entries = { first, brokers: ['ns/a', 'ns/a'], ends: [1, 2], records: new Uint8Array([1, 2]) }
    this.#database.commit(entries, this.#changes(), [])
    this.#accepted.push(first, first + 1)
  }

  take(trigger: Trigger, pick: number): void {
    const progress = this.#progress[trigger]
    const { entries, scanned } = this.#database.read('ns/a', progress.read, 1 + (pick % 3), 1_000)
    for (const { seq } of entries) progress.begin(seq)
    progress.advance(scanned)
  }

  acknowledge(trigger: Trigger, pick: number): void {
    const open = [...this.#progress[trigger].open.keys()]
    const seq = open[pick % Math.max(1, open.length)]
    if (seq === undefined) return
    // A subscriber is only ever given what the log still has.
    expect(this.#database.get(seq)?.seq).toBe(seq)
    this.#progress[trigger].done(seq)
    this.#acknowledged[trigger].add(seq)
  }

  fail(trigger: Trigger, pick: number): void {
    const [seq, open] = [...this.#progress[trigger].open][pick % Math.max(1, this.#progress[trigger].open.size)] ?? []
    if (seq !== undefined && open) this.#progress[trigger].note(seq, { tries: open.tries + 1 })
  }

  save(): void {
    this.#database.commit(undefined, this.#changes(), [])
  }

  compact(): void {
    this.#database.compact(3)
  }

  crash(): void {
    this.#database.close()
    this.#database = this.#open()
    for (const { trigger, read, open } of this.#database.progress())
      this.#progress[trigger as Trigger] = new Progress(read, open)
  }

  /** Accepted, not acknowledged, and no longer on the way to the trigger. */
  lost(trigger: Trigger): number[] {
    const { read, open } = this.#progress[trigger]
    const waits = (seq: number) => seq > read || open.has(seq)
    const owed = this.#accepted.filter(seq => !this.#acknowledged[trigger].has(seq))
    return owed.filter(seq => !waits(seq) || this.#database.get(seq) === undefined)
  }

  /** After everything was delivered and saved nothing is left in the file. */
  drain(): void {
    for (const trigger of triggers) {
      this.take(trigger, 2)
      while (this.#progress[trigger].read < this.#database.last) this.take(trigger, 2)
      for (const seq of [...this.#progress[trigger].open.keys()]) this.#progress[trigger].done(seq)
    }
    this.save()
    while (this.#database.compact(3));
    expect(this.#database.size).toEqual({ events: 0, bytes: 0 })
  }

  end(): void {
    this.#database.close()
    rmSync(this.#folder, { recursive: true })
  }

  #open(): LogDatabase {
    return new LogDatabase(join(this.#folder, 'broker.db'))
  }

  #changes() {
    return triggers.map(trigger => ({ trigger, broker: 'ns/a', ...this.#progress[trigger].drain() }))
  }
}

const happenings = ['append', 'take', 'take', 'acknowledge', 'acknowledge', 'fail', 'save', 'compact', 'crash'] as const
const step = fc.tuple(fc.constantFrom(...happenings), fc.constantFrom(...triggers), fc.nat(10))

it('no accepted entry is lost to any trigger, and none stays for ever', () => {
  const script = fc.array(step, { minLength: 10, maxLength: 40 })
  fc.assert(
    fc.property(script, steps => {
      const world = new World()
      try {
        for (const [happening, trigger, pick] of steps) {
          world[happening](trigger, pick)
          for (const each of triggers) expect(world.lost(each)).toEqual([])
        }
        world.drain()
      } finally {
        world.end()
      }
    }),
    { numRuns: 40 },
  )
})

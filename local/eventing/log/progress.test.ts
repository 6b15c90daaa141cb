import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Open, Progress } from './progress.ts'

/** One trigger, its disk, and what was really acknowledged; each method is a thing that can happen. */
class World {
  progress = new Progress(0)
  readonly acknowledged = new Set<number>()
  readonly #disk = { read: 0, open: new Map<number, Open>() }

  take(): void {
    this.progress.begin(this.progress.read + 1)
    this.progress.advance(this.progress.read + 1)
  }

  skip(): void {
    this.acknowledged.add(this.progress.read + 1)
    this.progress.advance(this.progress.read + 1)
  }

  done(pick: number): void {
    for (const seq of this.#pick(pick)) {
      this.progress.done(seq)
      this.acknowledged.add(seq)
    }
  }

  fail(pick: number): void {
    for (const seq of this.#pick(pick)) {
      this.progress.note(seq, { tries: (this.progress.open.get(seq)?.tries ?? 0) + 1 })
    }
  }

  save(): void {
    const { read, open } = this.progress.drain()
    this.#disk.read = read
    for (const [seq, state] of open) {
      if (state) this.#disk.open.set(seq, state)
      else this.#disk.open.delete(seq)
    }
    expect(this.#disk.open).toEqual(this.progress.open)
    expect(this.progress.dirty).toBe(false)
  }

  crash(): void {
    this.progress = new Progress(this.#disk.read, this.#disk.open)
  }

  /** Entries passed that are neither acknowledged nor still to be delivered. */
  lost(): number[] {
    const passed = Array.from({ length: this.progress.read }, (_, index) => index + 1)
    return passed.filter(seq => !this.acknowledged.has(seq) && !this.progress.open.has(seq))
  }

  #pick(pick: number): number[] {
    const open = [...this.progress.open.keys()]
    return open.length > 0 ? [open[pick % open.length] ?? 0] : []
  }
}

const happenings = ['take', 'skip', 'done', 'fail', 'save', 'crash'] as const
const scripts = fc.array(fc.tuple(fc.constantFrom(...happenings), fc.nat()), { maxLength: 200 })

it('whatever the order of acknowledgements, saves and crashes, nothing unacknowledged is lost', () => {
  fc.assert(
    fc.property(scripts, script => {
      const world = new World()
      for (const [happening, pick] of script) {
        world[happening](pick)
        expect(world.lost()).toEqual([])
      }
    }),
  )
})

it('what is taken and done between two saves leaves no trace', () => {
  const progress = new Progress(0)
  progress.begin(1)
  progress.advance(1)
  progress.done(1)
  expect(progress.drain()).toEqual({ read: 1, open: [] })
})

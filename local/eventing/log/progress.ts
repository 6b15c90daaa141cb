// How far one trigger has come in the log: everything up to `read` is done but the open deliveries.

/** What a trigger owes one event. */
export interface Open {
  /** Tries made so far in the present phase. */
  tries: number
  /** Set once the subscriber is given up: what the dead-letter sink will be told. */
  failure?: Failure
}

/** Why the subscriber was given up: its address, the status of its last answer, base64 of that answer's body. */
export interface Failure {
  destination: string
  code: number
  data: string
}

/** A change to be saved: of `open`, undefined means done. */
export interface ProgressChange {
  read: number
  open: [seq: number, open: Open | undefined][]
}

/**
 * The bookkeeping of one trigger. Acknowledgements come in any order; what must be kept is bounded by the
 * number of open deliveries, however far a slow one lags behind.
 */
export class Progress {
  #read: number
  readonly #open: Map<number, Open>
  readonly #changed = new Map<number, Open | undefined>()
  // Opened since the last save: closing these before the next one needs no trace.
  readonly #unsaved = new Set<number>()
  #moved = false

  constructor(read: number, open: Iterable<[number, Open]> = []) {
    this.#read = read
    this.#open = new Map(open)
  }

  /** The newest entry looked at. */
  get read(): number {
    return this.#read
  }

  get open(): ReadonlyMap<number, Open> {
    return this.#open
  }

  get dirty(): boolean {
    return this.#moved || this.#changed.size > 0
  }

  /** Everything up to `seq` has been looked at: what was not opened does not concern this trigger. */
  advance(seq: number): void {
    if (seq <= this.#read) return
    this.#read = seq
    this.#moved = true
  }

  /** Takes an entry as a delivery. Must come before `advance` passes it. */
  begin(seq: number): void {
    const open = { tries: 0 }
    this.#open.set(seq, open)
    this.#changed.set(seq, open)
    this.#unsaved.add(seq)
  }

  /** Notes a failed try, or the turn to the dead-letter sink. */
  note(seq: number, open: Open): void {
    if (!this.#open.has(seq)) return
    this.#open.set(seq, open)
    this.#changed.set(seq, open)
  }

  /** The entry is done with. */
  done(seq: number): void {
    if (!this.#open.delete(seq)) return
    if (this.#unsaved.delete(seq)) this.#changed.delete(seq)
    else this.#changed.set(seq, undefined)
  }

  /** What changed since the last call, for saving. */
  drain(): ProgressChange {
    const change = { read: this.#read, open: [...this.#changed] }
    this.#changed.clear()
    this.#unsaved.clear()
    this.#moved = false
    return change
  }
}

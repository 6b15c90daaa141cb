// When the lines of a log were written: sizes of the file, noted as it grows, tell it to the second.

/** At `time` (milliseconds since the epoch) the log had `size` bytes. */
export interface SizeNote {
  time: number
  size: number
}

/** Notes kept a log: beyond, every other one of the older half goes. */
const keptNotes = 512

/** The notes with a further one; a log that got shorter was rotated and starts anew, one that stands still says nothing. */
export function noted(notes: readonly SizeNote[], note: SizeNote): readonly SizeNote[] {
  const last = notes.at(-1)
  if (last && note.size < last.size) return [note]
  if (last?.size === note.size) return notes
  return thinned([...notes, note])
}

function thinned(notes: SizeNote[]): SizeNote[] {
  if (notes.length <= keptNotes) return notes
  const half = Math.floor(notes.length / 2)
  return notes.filter((_, index) => index >= half || index % 2 === 1)
}

/** When the byte at `offset` was written: the time of the first note that includes it, `now` when none does yet. */
export function timeAt(notes: readonly SizeNote[], offset: number, now: number): number {
  let [low, high] = [0, notes.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((notes[middle]?.size ?? 0) > offset) high = middle
    else low = middle + 1
  }
  return notes[low]?.time ?? now
}

/** The first byte written after `since`; `size` when there is none. */
export function offsetSince(notes: readonly SizeNote[], since: number, size: number): number {
  const index = notes.findIndex(note => note.time >= since)
  if (index === 0) return 0
  // Newer than all notes: written since the last one, which is a moment ago.
  return index === -1 ? (notes.at(-1)?.size ?? size) : (notes[index - 1]?.size ?? 0)
}

// "Did you mean": the known name closest to a mistyped one.

/** The name within a third of the typed one's length in edits, letter case aside; undefined when none is that close. */
export function nearestName(typed: string, known: Iterable<string>): string | undefined {
  let nearest: { name: string; distance: number } | undefined
  for (const name of known) {
    const distance = editDistance(typed.toLowerCase(), name.toLowerCase())
    if (!nearest || distance < nearest.distance) nearest = { name, distance }
  }
  return nearest && nearest.distance <= Math.max(1, typed.length / 3) ? nearest.name : undefined
}

/** Those within half of the typed one's length in edits, or that contain it, the nearest first, `most` of them. */
export function nearestNames(typed: string, known: Iterable<string>, most: number): string[] {
  const lower = typed.toLowerCase()
  const rated = Array.from(known, name => ({ name, distance: editDistance(lower, name.toLowerCase()) }))
  const near = rated.filter(({ name, distance }) => distance <= typed.length / 2 || name.includes(lower))
  return near
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ name }) => name)
}

/** Levenshtein's distance: insertions, deletions and replacements of one character. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1]
    for (let at = 0; at < b.length; at++) {
      const replaced = (row[at] ?? 0) + (letter === b[at] ? 0 : 1)
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

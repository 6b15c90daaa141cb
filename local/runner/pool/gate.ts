// A gate that lets so many in at once, in the order they came.

export interface Gate {
  /** Resolves when there is room. */
  enter(): Promise<void>
  /** Makes room for the next; once for each that entered. */
  leave(): void
}

export function createGate(most: number): Gate {
  const queue: (() => void)[] = []
  let inside = 0
  return {
    enter() {
      if (inside >= most) return new Promise(resolve => queue.push(resolve))
      inside++
      return Promise.resolve()
    },
    leave() {
      const next = queue.shift()
      // Whoever is next takes the place that was left.
      if (next) next()
      else inside--
    },
  }
}

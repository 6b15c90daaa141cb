// Ctrl-C and its relatives: the first asks to stop, a second press ends at once.

/**
 * One press reaches a program more than once: the terminal signals its whole group, and npm and the launcher pass their
 * own copy on. Copies arrive within milliseconds, a second press of a person does not. In milliseconds.
 */
const samePress = 300

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** Sorts signals into the first press, its copies, and a further press. `now` in milliseconds. */
export function pressCounter(): (now: number) => 'first' | 'copy' | 'again' {
  let first: number | undefined
  return now => {
    if (first === undefined) {
      first = now
      return 'first'
    }
    return now - first < samePress ? 'copy' : 'again'
  }
}

/** Calls `stop` at the first signal and `quit` at a later one. Returns how to let go of the signals. */
export function onStopSignals(stop: (signal: StopSignal) => void, quit: (signal: StopSignal) => void): () => void {
  const press = pressCounter()
  const handle = (signal: NodeJS.Signals) => {
    const kind = press(performance.now())
    if (kind === 'first') stop(signal as StopSignal)
    if (kind === 'again') quit(signal as StopSignal)
  }
  const signals: StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, handle)
  return () => {
    for (const signal of signals) process.off(signal, handle)
  }
}

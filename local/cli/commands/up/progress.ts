// One line on a terminal that always shows the newest step; nothing when no person looks.
import type { Terminal } from '../../terminal.ts'

export interface Progress {
  /** Replaces what the line shows. */
  show(step: string): void
  /** Takes the line away. */
  clear(): void
}

/** A progress line on `terminal`; a silent one unless `visible` and the terminal is interactive. */
export function progressLine(terminal: Terminal, visible: boolean): Progress {
  if (!visible || !terminal.interactive) return { show() {}, clear() {} }
  // \r returns to the line's start and \x1b[K erases to its end, which every terminal since the VT100 understands.
  return {
    show: step => terminal.err(`\r\x1b[K${step.slice(0, terminal.columns - 1)}`),
    clear: () => terminal.err('\r\x1b[K'),
  }
}

// What a soak is: a promise held for minutes under faults.
import type { Random } from '../../local/kernel/random.ts'

export interface SoakContext {
  /** How much of it: 1 is what the promise names. */
  scale: number
  random: Random
  progress(step: string): void
}

export interface Soak {
  name: string
  goal: string
  run(context: SoakContext): Promise<{ summary: string; failures: string[] }>
}

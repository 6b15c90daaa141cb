// Durations of rules in milliseconds.
import { parseDuration } from '../../../kernel/duration.ts'

/** Undefined when the field is left out. What is no duration counts as left out: validation refuses it earlier. */
export function durationMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text)
}

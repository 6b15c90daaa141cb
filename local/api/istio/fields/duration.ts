// Durations of specs: at least a millisecond, and whole milliseconds.
import { type Finding, flaw } from '../finding.ts'
import { readDuration } from '../proto/go-duration.ts'
import type { Duration } from './types.ts'

const millisecond = 1e6

export function durationFlaws(duration: Duration | undefined, path: string): Finding[] {
  const reading = duration === undefined ? undefined : readDuration(duration)
  // What is no duration at all was refused by decoding.
  if (!reading || 'flaw' in reading) return []
  if (reading.nanoseconds < millisecond) return [flaw(path, 'duration must be greater than 1ms')]
  return reading.nanoseconds % millisecond === 0 ? [] : [flaw(path, 'only durations to ms precision are supported')]
}

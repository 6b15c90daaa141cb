// Percentages, and numbers as Go prints them.
import { type Finding, flaw } from '../finding.ts'
import type { Percent } from './types.ts'

/** Of faults: 0, or from a ten-thousandth of a percent to all. */
export function percentageFlaws(percentage: Percent | undefined, path: string): Finding[] {
  const value = percentage?.value ?? 0
  if (value === 0 || (value >= 0.0001 && value <= 100)) return []
  return [flaw(path, `percentage ${goNumber(value)} is neither 0.0, nor in range [0.0001, 100.0]`)]
}

/** Of mirrors: 0 to 100. `subject` begins the sentence. */
export function mirrorPercentFlaws(percentage: Percent | undefined, subject: string, path: string): Finding[] {
  const value = percentage?.value ?? 0
  const written = `(it has ${value.toFixed(6)})`
  if (value > 100) return [flaw(path, `${subject} must have a max value of 100 ${written}`)]
  return value < 0 ? [flaw(path, `${subject} must have a min value of 0 ${written}`)] : []
}

/** Whole percents of old fields. */
export const wholePercentFlaws = (value: number | undefined, path: string): Finding[] =>
  value !== undefined && (value < 0 || value > 100) ? [flaw(path, `percentage ${value} is not in range 0..100`)] : []

/** As Go's `%v` writes a float64: `1e-05`, where JavaScript says 0.00001. */
export function goNumber(value: number): string {
  const small = value !== 0 && Math.abs(value) < 1e-4
  const text = small ? value.toExponential() : String(value)
  return text.replace(/e([-+])(\d)$/, 'e$10$2')
}

// How likely an asset is to fail soon, from what its sensors say.
import type { Told } from '../read-model.ts'

/** What is normal for a pump, and what it weighs when it is not. */
const ranges = [
  { field: 'temperature', normal: 60, worst: 120, weight: 0.35 },
  { field: 'pressure', normal: 100, worst: 200, weight: 0.3 },
  { field: 'rotation', normal: 3_000, worst: 6_000, weight: 0.15 },
  { field: 'current', normal: 20, worst: 60, weight: 0.1 },
  { field: 'flowRate', normal: 500, worst: 1_500, weight: 0.1 },
] as const

/** 0 to 100, whole: nothing known or all normal is 0, everything at its worst 100. */
export function riskOf(asset: Told): number {
  const risk = ranges.reduce((sum, { field, normal, worst, weight }) => {
    const value = asset[field]
    const excess = typeof value === 'number' ? (value - normal) / (worst - normal) : 0
    return sum + weight * Math.min(1, Math.max(0, excess))
  }, 0)
  return Math.round(100 * risk)
}

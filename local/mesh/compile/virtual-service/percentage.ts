// Percentages as Envoy draws by them.
import type { Percent } from '../../../api/istio/types.ts'

/** In whole millionths, 0 … 100. */
export function percentOf(percentage: Percent | undefined): number {
  return Math.trunc((percentage?.value ?? 0) * 10_000) / 10_000
}

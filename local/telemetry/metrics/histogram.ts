// A histogram that costs a few additions an observation; its points are made when somebody asks.
import type { Labels, Point } from './family.ts'

/** Envoy's buckets, which Istio's metrics have for milliseconds and for bytes alike (Envoy 1.37, stats/histogram_impl.cc). */
export const istioBuckets: readonly number[] = [
  ...[0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000],
  ...[1_800_000, 3_600_000],
]

/** Knative's, in seconds (Knative 1.23, pkg/queue/request_metric.go; eventing pkg/broker/filter/filter_handler.go). */
export const knativeBuckets: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]

export class Histogram {
  readonly #bounds: readonly number[]
  // One more than bounds: what is beyond the last.
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Array(bounds.length + 1).fill(0)
  }

  observe(value: number): void {
    const bounds = this.#bounds
    let at = 0
    while (at < bounds.length && value > (bounds[at] ?? 0)) at++
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#sum += value
  }

  get count(): number {
    return this.#counts.reduce((sum, one) => sum + one, 0)
  }

  /** Cumulative buckets, sum and count, as Prometheus wants them. */
  points(labels: Labels): Point[] {
    let below = 0
    const buckets = this.#counts.map((count, index) => {
      below += count
      const bound = this.#bounds[index]
      return {
        suffix: '_bucket',
        labels: { ...labels, le: bound === undefined ? '+Inf' : String(bound) },
        value: below,
      }
    })
    return [...buckets, { suffix: '_sum', labels, value: this.#sum }, { suffix: '_count', labels, value: below }]
  }
}

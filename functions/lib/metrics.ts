// Counters that cost an addition, and the Prometheus text of them and of the process when somebody asks.
import { perEnv } from './env.ts'

export interface Metrics {
  /** Adds one to a counter. `name` ends in `_total`; a name always comes with the same label names. */
  count(name: string, help: string, labels?: Record<string, string>): void
  /** The exposition text and its content type. */
  expose(): Promise<{ contentType: string; text: string }>
}

interface Family {
  help: string
  labelNames: string[]
  /** Keyed by the label values, joined. */
  series: Map<string, { labels: Record<string, string>; value: number }>
}

export const metricsOf = perEnv<Metrics>('metrics', createMetrics)

/** The Prometheus client is loaded by the first scrape: until then a counter is a number in a map. */
export function createMetrics(): Metrics {
  const families = new Map<string, Family>()
  let registry: Promise<import('prom-client').Registry> | undefined

  return {
    count(name, help, labels = {}) {
      const family = families.get(name) ?? { help, labelNames: Object.keys(labels), series: new Map() }
      families.set(name, family)
      const key = Object.values(labels).join('\u0000')
      const one = family.series.get(key)
      if (one) one.value++
      else family.series.set(key, { labels, value: 1 })
    },
    async expose() {
      registry ??= processRegistry()
      const known = await registry
      await publish(families, known)
      return { contentType: known.contentType, text: await known.metrics() }
    },
  }
}

async function processRegistry() {
  const { collectDefaultMetrics, Registry } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}

async function publish(families: ReadonlyMap<string, Family>, registry: import('prom-client').Registry) {
  const { Counter } = await import('prom-client')
  for (const [name, { help, labelNames, series }] of families) {
    if (registry.getSingleMetric(name)) continue
    new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset()
        for (const { labels, value } of series.values()) this.inc(labels, value)
      },
    })
  }
}

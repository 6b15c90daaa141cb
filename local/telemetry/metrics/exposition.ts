// Families as the text that Prometheus scrapes. The client library is loaded by the first scrape, and not before.
import type { Metric, Registry } from 'prom-client'
import type { Family } from './family.ts'

export interface Exposition {
  contentType: string
  text: string
}

let ownRegistry: Promise<Registry> | undefined

/** The families, and what the client tells of this process. */
export async function expose(families: readonly Family[]): Promise<Exposition> {
  const { Registry } = await import('prom-client')
  ownRegistry ??= processRegistry()
  const registry = new Registry()
  for (const one of families) registry.registerMetric(asMetric(one))
  const own = await ownRegistry
  return { contentType: registry.contentType, text: `${await registry.metrics()}\n${await own.metrics()}` }
}

async function processRegistry(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}

/** A metric as the registry asks it: its values are there already. */
function asMetric({ name, help, type, points }: Family): Metric {
  const values = points.map(({ labels, value, suffix }) => ({
    ...{ labels, value },
    ...(suffix ? { metricName: `${name}${suffix}` } : {}),
  }))
  const metric = { name, help, type, aggregator: 'sum', get: async () => ({ name, help, type, values }) }
  return metric as unknown as Metric
}

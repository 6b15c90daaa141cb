// A running system that a real Prometheus scrapes, and its queries.
import { isInstalled } from '../scripts/program.ts'
import { prometheus } from './servers/prometheus.ts'
import { type Server, startServer } from './servers/server.ts'
import { serversRequired } from './servers/servers.ts'

export const canScrape = serversRequired || isInstalled('prometheus')

export interface Series {
  metric: Record<string, string>
  value: number
}

export interface Scraper {
  /** An instant query. Throws what Prometheus says against it. */
  query(text: string): Promise<Series[]>
  stop(): Promise<void>
}

/** `metrics` is the URL that `skiff status` tells. */
export async function startScraper(metrics: string): Promise<Scraper> {
  const server: Server = await startServer(prometheus(new URL('/sd', metrics).href))
  return {
    async query(text) {
      const answer = await fetch(`${server.url}/api/v1/query?query=${encodeURIComponent(text)}`)
      // It listens before it is ready.
      if (answer.status === 503) return []
      const { status, data, error } = (await answer.json()) as {
        status: string
        error?: string
        data: { result: { metric: Record<string, string>; value: [number, string] }[] }
      }
      if (status !== 'success') throw new Error(`${text}: ${error}`)
      return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
    },
    stop: () => server.stop(),
  }
}

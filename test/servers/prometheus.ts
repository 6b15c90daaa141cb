// Prometheus as Debian packages it, scraping whatever an HTTP service discovery names.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerKind } from './server.ts'

/** `discovery` is the URL of the list of targets; they are scraped each second. */
export function prometheus(discovery: string): ServerKind {
  return {
    name: 'prometheus',
    url: port => `http://127.0.0.1:${port}`,
    startTimeoutMs: 30_000,
    program(port, folder) {
      const file = join(folder, 'prometheus.yml')
      const found = { url: discovery, refresh_interval: '1s' }
      const config = {
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: [{ job_name: 'skiff', http_sd_configs: [found] }],
      }
      writeFileSync(file, JSON.stringify(config))
      return {
        command: 'prometheus',
        args: [
          ...[`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`],
          `--web.listen-address=127.0.0.1:${port}`,
        ],
      }
    },
  }
}

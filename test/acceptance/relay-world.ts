// The relay on a plane: its answers line by line, its rule sets, its splits.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { projectDir } from '../../load/world.ts'
import type { Reply } from './http.ts'
import type { Plane } from './plane.ts'
import { eventually } from './skiff.ts'

export const host = 'usvc.algo.fit'

/** One answer of the relay, by lines. */
export interface Told {
  status: number
  lines: string[]
  /** Who wrote the first three lines. */
  front: string
  middle: string
  core: string
}

export interface RelayWorld {
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Reply>
  tell(headers?: Record<string, string>): Promise<Told>
  /** Puts a rule set in force, and waits until an answer to `headers` shows it. */
  rules(name: string, headers: Record<string, string>, shows: (told: Told) => boolean): Promise<void>
  /** Sets the split of the middleware, tags staying as they are. */
  split(percents: { prod: number; canary: number; dev?: number }): Promise<void>
}

export function relayWorld(plane: () => Plane): RelayWorld {
  const get: RelayWorld['get'] = (path, headers = {}, method = 'GET') => plane().ask(host, path, { headers, method })
  const tell = async (headers = {}) => toldBy(await get('/', headers))
  return {
    get,
    tell,
    async rules(name, headers, shows) {
      await plane().rules('relay', name)
      await eventually(() => tell(headers), shows)
    },
    async split({ prod, canary, dev = 0 }) {
      const manifest = parse(readFileSync(join(projectDir, 'knative/relay/middleware/3-dev.yaml'), 'utf8')) as Split
      const percents: Record<string, number> = { prod, canary, dev }
      for (const target of manifest.spec.traffic) target.percent = percents[target.tag] ?? 0
      await plane().apply(manifest)
    },
  }
}

interface Split {
  spec: { traffic: { tag: string; percent: number }[] }
}

function toldBy({ status, body }: Reply): Told {
  const lines = body.split('\n')
  const [front = '', middle = '', core = ''] = lines.map(line => line.split(' ')[3] ?? '')
  return { status, lines, front, middle, core }
}

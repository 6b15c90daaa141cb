// Bookinfo on a plane: its page as a visitor sees it, and the workshop's rules.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { projectDir } from '../../load/world.ts'
import type { Reply } from './http.ts'
import { type Plane, rulesFile } from './plane.ts'
import { eventually } from './skiff.ts'

export const host = 'bookinfo.example.com'

/** The page, and how long it took. */
export interface Page {
  status: number
  body: string
  ms: number
  stars: number
  /** Of the stars; undefined when there are none. */
  color: string | undefined
  /** The revision of the reviews, when they came. */
  reviews: string | undefined
}

export interface Route {
  fault?: { delay?: { fixedDelay: string }; abort?: object }
  retries?: object
}

interface Rule {
  metadata: { name: string }
  spec: { http: Route[] }
}

export interface BookinfoWorld {
  get(path: string, headers?: Record<string, string>, options?: { method?: string; body?: string }): Promise<Reply>
  /** Signs a visitor in; resolves with the headers of who is. */
  signIn(name: string): Promise<Record<string, string>>
  page(headers?: Record<string, string>): Promise<Page>
  /** Puts rule sets in force, and waits until the page of `headers` shows it. */
  rules(names: string[], headers: Record<string, string>, shows: (page: Page) => boolean): Promise<void>
  /** Puts a rule set in force after a change of its first route. */
  changed(name: string, change: (route: Route) => void): Promise<void>
  /** Takes the rules of rule sets away. */
  remove(...names: string[]): Promise<void>
}

const fileOf = (name: string) => rulesFile('bookinfo', name)

export function bookinfoWorld(plane: () => Plane): BookinfoWorld {
  const get: BookinfoWorld['get'] = (path, headers = {}, options = {}) =>
    plane().ask(host, path, { ...options, headers })
  const page = async (headers = {}) => {
    const startedAt = performance.now()
    const { status, body } = await get('/productpage', headers)
    return seen(status, body, performance.now() - startedAt)
  }
  return {
    get,
    page,
    async signIn(name) {
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        referer: `http://${host}/productpage`,
      }
      const answer = await get('/login', headers, { method: 'POST', body: `username=${name}&passwd=any` })
      if (answer.status !== 302) throw new Error(`login answered ${answer.status}`)
      return { cookie: [answer.headers['set-cookie']].flat().join('').split(';')[0] ?? '' }
    },
    async rules(names, headers, shows) {
      for (const name of names) await plane().rules('bookinfo', name)
      await eventually(() => page(headers), shows, 60)
    },
    async changed(name, change) {
      const documents = parseAllDocuments(readFileSync(join(projectDir, fileOf(name)), 'utf8')).map(
        one => one.toJS() as Rule,
      )
      for (const { spec } of documents) if (spec.http[0]) change(spec.http[0])
      await plane().apply(...documents)
    },
    async remove(...names) {
      for (const name of names) await plane().remove(fileOf(name))
    },
  }
}

function seen(status: number, body: string, ms: number): Page {
  return {
    status,
    body,
    ms,
    stars: body.split('glyphicon-star"').length - 1,
    color: /data-color="(\w+)"/.exec(body)?.[1],
    reviews: /<code>(reviews-\w+)<\/code>/.exec(body)?.[1],
  }
}

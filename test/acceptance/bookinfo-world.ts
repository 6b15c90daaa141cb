// Bookinfo in a running world: its page as a visitor sees it, and the workshop's rules.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import { projectDir, type World } from '../../load/world.ts'
import { ask, type Reply } from './http.ts'
import { succeed } from './relay-world.ts'
import { eventually, skiff } from './skiff.ts'

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

const fileOf = (name: string) => join(projectDir, `istio/bookinfo/rules/${name}.yaml`)

export function bookinfoWorld(world: () => World): BookinfoWorld {
  const run = (words: string[], stdin?: string) =>
    succeed(skiff(world().stateDir, words, stdin === undefined ? {} : { stdin }))
  const get: BookinfoWorld['get'] = (path, headers = {}, options = {}) =>
    ask(world().port, host, path, { ...options, headers })
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
        referer: `http://127.0.0.1:${world().port}/productpage`,
      }
      const answer = await get('/login', headers, { method: 'POST', body: `username=${name}&passwd=any` })
      if (answer.status !== 302) throw new Error(`login answered ${answer.status}`)
      return { cookie: [answer.headers['set-cookie']].flat().join('').split(';')[0] ?? '' }
    },
    async rules(names, headers, shows) {
      for (const name of names) await run(['rules', 'bookinfo', name])
      await eventually(() => page(headers), shows, 60)
    },
    async changed(name, change) {
      const documents = parseAllDocuments(readFileSync(fileOf(name), 'utf8')).map(one => one.toJS() as Rule)
      for (const { spec } of documents) if (spec.http[0]) change(spec.http[0])
      await run(['apply', '-f', '-'], documents.map(one => stringify(one)).join('---\n'))
    },
    async remove(...names) {
      for (const name of names) await run(['delete', '-f', fileOf(name)])
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

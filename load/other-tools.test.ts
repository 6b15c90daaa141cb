// The files for artillery and k6 say the same as the profiles. They run here against recorders of what they would send.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { buildSync } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { profiles } from './profiles/index.ts'

const filesIn = (folder: string) =>
  readdirSync(join(import.meta.dirname, folder)).map(name => join(import.meta.dirname, folder, name))

interface Artillery {
  config: {
    target: string
    phases: { duration: number; arrivalRate: number }[]
    plugins: { ensure: object; expect: { reportFailuresAsErrors: boolean } }
    ensure: { maxErrorRate: number; thresholds: Record<string, number>[] }
  }
  scenarios: { name: string; flow: { get: { url: string; headers: Record<string, string>; expect: object[] } }[] }[]
}

describe('for artillery', () => {
  it.each(filesIn('artillery'))('%s is its profile', file => {
    const { config, scenarios } = parse(readFileSync(file, 'utf8')) as Artillery
    for (const { name, flow } of scenarios) {
      const profile = profiles.get(name)
      const [{ duration, arrivalRate } = { duration: 0, arrivalRate: 0 }] = config.phases
      expect(profile?.model).toEqual({ kind: 'open', perSecond: arrivalRate })
      expect(profile?.limit).toEqual({ requests: duration * arrivalRate, seconds: duration })
      const sent = flow.map(({ get: { url, headers } }) => {
        const { host, ...others } = headers
        expect(host).toBe(profile?.host)
        return { path: url, ...(Object.keys(others).length > 0 ? { headers: others } : {}) }
      })
      expect(sent).toEqual(profile?.requests)
      // Without the plugin a wrong status would pass for an answer.
      for (const { get } of flow) expect(get.expect).toEqual([{ statusCode: profile?.status ?? 200 }])
      expect(config.plugins).toMatchObject({ ensure: {}, expect: { reportFailuresAsErrors: true } })
      const errors = profile?.thresholds.errors ?? { count: 0 }
      expect(config.ensure.maxErrorRate).toBe('share' in errors ? 100 * errors.share : errors.count)
      expect(config.ensure.thresholds).toEqual([{ 'http.response_time.p99': profile?.thresholds.p99 }])
    }
  })
})

interface Recorded {
  method: 'GET' | 'POST'
  url: string
  body?: string
  headers: Record<string, string>
}

interface Script {
  options: { scenarios: Record<string, Record<string, unknown>>; thresholds: Record<string, string[]> }
  default(): void
}

/** Loads a script of k6 and runs its user once, against an http module that answers `body`. */
function k6(file: string, body: string): { script: Script; sent: Recorded[]; checks: Record<string, boolean> } {
  const sent: Recorded[] = []
  const checks: Record<string, boolean> = {}
  const answer = { status: 200, body, json: (key: string) => (JSON.parse(body) as Record<string, unknown>)[key] }
  const record = (one: Recorded) => {
    sent.push(one)
    return answer
  }
  type Options = { headers: Record<string, string> }
  const http = {
    get: (url: string, { headers }: Options) => record({ method: 'GET', url, headers }),
    post: (url: string, text: string, { headers }: Options) => record({ method: 'POST', url, headers, body: text }),
  }
  const check = (given: typeof answer, wanted: Record<string, (one: typeof answer) => boolean>) => {
    for (const [name, holds] of Object.entries(wanted)) checks[name] = holds(given)
  }
  const modules: Record<string, unknown> = { k6: { check }, 'k6/http': http }
  const built = buildSync({
    entryPoints: [file],
    bundle: true,
    external: ['k6', 'k6/http'],
    format: 'cjs',
    write: false,
  })
  const module = { exports: {} as Script }
  const code = built.outputFiles[0]?.text ?? ''
  runInNewContext(code, { module, require: (name: string) => modules[name], __ENV: { TARGET: 'http://t' } })
  module.exports.default()
  return { script: module.exports, sent, checks }
}

const seven = JSON.stringify({ greeting: [...'DGHEBCA'].map(letter => ({ service: letter })) })
const good: Record<string, string> = {
  'greeting.js': seven,
  'relay.js': 'a\nb\ntook (1 ms) load-svc-golang --x\n',
  'shop.js': '{"data":{}}',
}

describe('for k6', () => {
  it.each(filesIn('k6'))('%s is its profile', file => {
    const { script, sent, checks } = k6(file, good[file.split('/').at(-1) ?? ''] ?? '')
    expect(Object.values(checks)).toEqual([true, true])
    const [[name, scenario] = ['', {}]] = Object.entries(script.options.scenarios)
    const profile = profiles.get(name)
    const { vus, rate, iterations, duration } = scenario as Record<string, number | string | undefined>
    expect(profile?.model).toMatchObject(rate ? { kind: 'open', perSecond: rate } : { kind: 'closed', workers: vus })
    if (iterations) expect(profile?.limit.requests).toBe(iterations)
    else expect(`${profile?.limit.seconds}s`).toBe(duration)
    expect(script.options.thresholds).toEqual({
      checks: ['rate==1'],
      http_req_duration: [`p(99)<${profile?.thresholds.p99}`],
      // In the open model a request that found nobody to send it is not left out unseen.
      ...(rate ? { dropped_iterations: ['count==0'] } : {}),
    })
    const { method = 'GET', path, headers = {}, body } = profile?.requests[0] ?? { path: '' }
    expect(sent).toEqual([{ method, url: `http://t${path}`, headers: { Host: profile?.host, ...headers }, body }])
  })
})

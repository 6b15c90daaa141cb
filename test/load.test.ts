// Load profiles as a user runs them: the real command against a running system, in both models.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Report } from '../load/run/report.ts'
import { freePort, helloProject, projectDir, startWorld, type World } from '../load/world.ts'

const host = 'hello-0.default.localhost'
let project: string
let world: World
let folder: string

beforeAll(async () => {
  project = helloProject(1)
  world = await startWorld({ project })
  folder = mkdtempSync(join(tmpdir(), 'skiff-load-'))
})
afterAll(async () => {
  await world.stop()
  for (const each of [project, folder]) rmSync(each, { recursive: true })
})

interface Ran {
  code: number | null
  out: string
  err: string
}

/** Runs the command; `started` gets the process. */
function load(words: string[], started?: (child: ChildProcess) => void): Promise<Ran> {
  const child = spawn(process.execPath, [join(projectDir, 'load/main.ts'), ...words], { cwd: folder })
  started?.(child)
  const ran: Ran = { code: null, out: '', err: '' }
  child.stdout.on('data', data => {
    ran.out += data
  })
  child.stderr.on('data', data => {
    ran.err += data
  })
  return new Promise(resolve => child.once('close', code => resolve({ ...ran, code })))
}

/** Wide enough for any machine: what decides is set by each test. */
const wide = ['--max-p99', '60s']
const here = () => ['--state', world.stateDir, '--host', host, ...wide]
/** The page of the shop stands for any GET: its profile only wants status 200 of `/`. */
const anyGet = 'siege'

describe('a profile', () => {
  it('in the closed model finds the running gateway, and counts by revision and status', async () => {
    const ran = await load([anyGet, '--workers', '10', '--requests', '20', '--json', ...here()])
    const report = JSON.parse(ran.out) as Report
    expect(report).toMatchObject({ target: `http://127.0.0.1:${world.port}`, requests: 20, errors: 0, passed: true })
    expect(report.revisions.map(({ name, requests }) => [name, requests])).toEqual([['hello-0-00001', 20]])
    expect(report.statuses.map(({ name, requests }) => [name, requests])).toEqual([['200', 20]])
    expect(report.latency.p50).toBeLessThanOrEqual(report.latency.p99)
    expect([ran.err, ran.code]).toEqual(['', 0])
  })

  it('in the open model sends at its pace, and prints for people', async () => {
    const ran = await load([anyGet, '--rate', '100', '--requests', '100', ...here()])
    expect(ran.out).toContain('open model, 100 a second, 100 requests')
    expect(ran.out).toMatch(/hello-0-00001 +100 +0/)
    expect(ran.code).toBe(0)
  })

  it('is told as a page that stands alone', async () => {
    const out = join(folder, 'report.html')
    expect((await load([anyGet, '--rate', '50', '--requests', '20', '--out', out, ...here()])).code).toBe(0)
    const html = readFileSync(out, 'utf8')
    expect(html).toContain('hello-0-00001')
    expect(html.match(/<svg/g)).toHaveLength(3)
    expect(html.trimEnd().endsWith('</html>')).toBe(true)
  })

  it('OBS-41 on the root counts the 404 as right', async () => {
    const ran = await load(['hey-root', '--json', '--target', `http://127.0.0.1:${world.port}`, ...wide])
    const report = JSON.parse(ran.out) as Report
    expect(report).toMatchObject({ requests: 500, errors: 0 })
    expect(report.statuses.map(({ name }) => name)).toEqual(['404'])
    expect(ran.code).toBe(0)
  })
})

describe('the exit code is decided by', () => {
  const few = [anyGet, '--workers', '10', '--requests', '10']

  it('the slowest allowed', async () => {
    const ran = await load([...few, ...here(), '--max-p99', '0.001ms'])
    expect(ran.out).toMatch(/✗ p99 .* at most 0\.001 ms/)
    expect(ran.code).toBe(1)
  })

  it('the errors allowed: a host nobody serves answers 404', async () => {
    const nobody = [...few, '--state', world.stateDir, '--host', 'nobody.example', ...wide]
    const refused = await load(nobody)
    expect(refused.out).toContain('10  status 404 instead of 200')
    expect(refused.code).toBe(1)
    expect((await load([...nobody, '--max-errors', '10'])).code).toBe(0)
    expect((await load([...nobody, '--max-errors', '100%'])).code).toBe(0)
    expect((await load([...nobody, '--max-errors', '99%'])).code).toBe(1)
  })
})

describe('it refuses', () => {
  it('a target that is down, in one line', async () => {
    const target = `http://127.0.0.1:${await freePort()}`
    const ran = await load([anyGet, '--target', target])
    expect(ran).toEqual({
      code: 1,
      out: '',
      err: `nothing answers at ${target} (ECONNREFUSED); is it up, and the port right?\n`,
    })
  })

  it('a file it could not write, before it sends anything', async () => {
    const ran = await load([anyGet, '--out', join(folder, 'no/such/report.html'), ...here()])
    expect(ran.err).toContain('cannot be written')
    expect([ran.out, ran.code]).toEqual(['', 2])
  })
})

it('Ctrl-C ends it with a report of what was measured', async () => {
  let loading: ChildProcess | undefined
  let asked = 0
  // The fifth never gets its answer, and does not hold up the end.
  const server = createServer(
    (_request, answer) => void (++asked === 5 ? loading?.kill('SIGINT') : answer.end('hello')),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ran = await load(
    [anyGet, '--rate', '20', '--duration', '600', '--json', '--target', target, ...wide],
    child => {
      loading = child
    },
  )
  const report = JSON.parse(ran.out) as Report
  expect(report).toMatchObject({ interrupted: true, errors: 0 })
  expect(report.requests).toBeGreaterThanOrEqual(4)
  expect(ran.code).toBe(130)
  server.closeAllConnections()
  server.close()
})

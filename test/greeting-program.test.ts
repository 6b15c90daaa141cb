import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'

/** The container's command, as a process of its own on a free port. */
async function start(service: string, env: Record<string, string>, port?: string) {
  const free = port ?? String(await freePort())
  const child = spawn(process.execPath, ['functions/lib/serve.ts', service], {
    env: { PATH: process.env.PATH, PORT: `:${free}`, ...env },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', chunk => {
    output.stdout += chunk
  })
  child.stderr.on('data', chunk => {
    output.stderr += chunk
  })
  return { child, output, exit: exitOf(child), url: `http://127.0.0.1:${free}` }
}

const exitOf = (child: ChildProcess) => new Promise<number | null>(resolve => child.once('exit', resolve))

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

const healthy = (url: string) =>
  expect.poll(async () => (await fetch(`${url}/healthz`).catch(() => undefined))?.status, { timeout: 15_000 }).toBe(200)

describe('a function as a program', () => {
  it('OBS-18 OBS-36: serves on PORT, writes the trace id to its log, and ends cleanly on SIGTERM', async () => {
    const env = { K_SERVICE: 'service-h', K_REVISION: 'service-h-00001' }
    const { child, output, exit, url } = await start('greeting/h', env)
    await healthy(url)
    const answer = await fetch(`${url}/api/ping`, { headers: { 'x-b3-traceid': '463ac35c9f6413ad48485a3953bb6124' } })
    expect(answer.headers.get('x-revision')).toBe('service-h-00001')
    child.kill('SIGTERM')
    expect(await exit).toBe(0)
    const lines = output.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>)
    const line = lines.find(each => each.trace_id === '463ac35c9f6413ad48485a3953bb6124')
    expect(Object.keys(line ?? {})).toEqual(expect.arrayContaining(['function', 'level', 'line', 'msg', 'time']))
  })

  it.each([
    ['a storing function on a cluster', 'greeting/c', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, undefined, /STORE_PATH/],
    ['a port that is none', 'greeting/h', {}, 'http', /port number such as 8080/],
    ['a service that does not exist', 'greeting/z', {}, undefined, /cannot serve greeting\/z/],
    ['a path that leaves the folder', '../x', {}, undefined, /SUITE\/SERVICE/],
  ])('refuses %s in one line', async (_what, service, env, port, reason) => {
    const { output, exit } = await start(service, env as Record<string, string>, port)
    expect(await exit).toBe(1)
    expect(output.stderr).toMatch(reason)
    expect(output.stderr.trim().split('\n')).toHaveLength(1)
  })
})

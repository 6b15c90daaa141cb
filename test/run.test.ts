// `skiff run` as a person uses it: the command, a real runtime, real programs.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, freePort, helloProject, projectDir, startWorld, type World } from '../load/world.ts'

const launcher = join(projectDir, 'local/cli/bin/skiff.js')
const echo = `
  const http = require('node:http')
  const { PORT, K_SERVICE, K_REVISION } = process.env
  const answer = (request, response) => response.end(['program', K_SERVICE, K_REVISION, request.url].join(' '))
  setTimeout(() => http.createServer(answer).listen(Number(PORT)), Number(process.env.WAIT ?? 0))
  process.on('SIGTERM', () => process.exit(3))`

let world: World
let project: string

beforeAll(async () => {
  project = helloProject(2)
  world = await startWorld({ project })
})

afterAll(async () => {
  await world.stop()
  rmSync(project, { recursive: true, force: true })
})

interface Outcome {
  code: number
  out: string
  err: string
}

function run(...args: string[]): Promise<Outcome> {
  return new Promise(resolve => {
    const given = [launcher, 'run', '--state', world.stateDir, ...args]
    execFile(process.execPath, given, { cwd: project }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}

/** Starts the echo program in the place of a service, and ends it with SIGTERM. */
async function serving(service: string, env: Record<string, string> = {}): Promise<{ end(): Promise<unknown> }> {
  const port = await freePort()
  const flags = ['--serve', service, '--port', String(port)]
  const args = [launcher, 'run', '--state', world.stateDir, ...flags, '--', process.execPath, '-e', echo]
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd: project,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exit = once(child, 'exit')
  await once(child.stderr ?? child, 'data')
  return {
    async end() {
      child.kill('SIGTERM')
      return (await exit)[0]
    },
  }
}

const hello = async (service: string, path = '/') => (await call(world.port, `${service}.default.localhost`, path)).body

describe('a program of the mesh', () => {
  const fetchText = (url: string) => `fetch('${url}').then(r => r.text()).then(t => process.stdout.write(t))`

  it('reaches cluster names', async () => {
    const outcome = await run('--', process.execPath, '-e', fetchText('http://hello-0.default/'))
    expect(outcome).toEqual({ code: 0, out: 'hello', err: '' })
  })

  it('keeps its own options, and its exit code', async () => {
    expect(await run('--', process.execPath, '-p', '40 + 2')).toMatchObject({ code: 0, out: '42\n' })
    expect(await run('--', process.execPath, '-e', 'process.exit(7)')).toMatchObject({ code: 7, err: '' })
    expect(await run('--', process.execPath, '-e', 'process.kill(process.pid, 9)')).toMatchObject({ code: 137 })
  })

  it.each([
    [['--labels', 'app', '--', 'true'], 2, 'It must be name=value'],
    [['--serve', 'hello-0', '--', 'true'], 2, '--serve also needs --port'],
    [['--serve', 'hello-0', '--port', '0', '--', 'true'], 2, 'It must be 1 to 65535'],
    [['--serve', 'nobody', '--port', '1', '--', 'true'], 1, '"nobody" not found'],
    [['--', '/nowhere/program'], 1, '/nowhere/program did not start'],
  ])('%j is refused with one line', async (args, code, sentence) => {
    const outcome = await run(...args)
    expect(outcome).toMatchObject({ code, out: '' })
    expect(outcome.err).toContain(sentence)
    expect(outcome.err.trimEnd().split('\n')).toHaveLength(1)
  })
})

describe('a program in the place of a service', () => {
  it('answers its requests with its environment, until it ends; the others go on', async () => {
    const program = await serving('hello-0')
    expect(await hello('hello-0', '/a?b')).toBe('program hello-0 hello-0-00001 /a?b')
    expect(await hello('hello-1')).toBe('hello')
    expect(await program.end()).toBe(3)
    expect(await hello('hello-0')).toBe('hello')
  })

  it('is waited for while it starts', async () => {
    const program = await serving('hello-0', { WAIT: '500' })
    expect(await hello('hello-0')).toContain('program hello-0')
    await program.end()
  })

  it('is the only one', async () => {
    const program = await serving('hello-0')
    const second = await run('--serve', 'hello-0', '--port', '1', '--', 'true')
    expect(second).toMatchObject({ code: 1, err: expect.stringContaining('another program stands in') })
    await program.end()
  })
})

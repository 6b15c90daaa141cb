import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Container, PodSpec } from '../local/api/core/pod-spec.ts'
import { createRunner, type Runner } from '../local/runner/runner.ts'
import type { ExtraEnv } from '../local/runner/types.ts'
import type { InstanceAddress, InstanceSpec } from '../local/seams/instances.ts'

const serveModule = new URL('../functions/lib/serve.ts', import.meta.url).pathname
const node = process.execPath

let project: string
let runner: Runner
let released: string[]

function write(path: string, text: string): string {
  const file = join(project, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

/** A Hono function whose handlers are the lines given. */
const app = (...lines: string[]) =>
  ["import { Hono } from 'hono'", 'const app = new Hono()', ...lines, 'export default app'].join('\n')

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'runner-'))
  released = []
  write(
    'functions/t/state/app.ts',
    app(
      "import { dirname } from 'node:path'",
      "app.get('/', c => c.json({ env: process.env, argv: process.argv.slice(2), cwd: process.cwd(), pid: process.pid, same: c.env.COLOUR === process.env.COLOUR, file: import.meta.filename, url: import.meta.url, dir: dirname(import.meta.filename) }))",
      "app.get('/slow', async c => { await new Promise(r => setTimeout(r, 400)); return c.text('done') })",
      "app.get('/crash', () => { console.error('last words'); process.exit(3) })",
      "app.get('/hog', c => { globalThis.hog = Array.from({ length: 400 }, () => Buffer.alloc(1024 * 1024, 1)); return c.text('full') })",
      "app.get('/stdin', c => new Promise(r => process.stdin.on('end', () => r(c.text('end'))).resume()))",
      "console.log('hello from the log')",
    ),
  )
  write(
    'functions/t/sick/app.ts',
    app(
      'let well = true',
      "app.get('/', c => { well = false; return c.text(String(process.pid)) })",
      "app.get('/live', c => c.text('', well ? 200 : 500))",
    ),
  )
  write('functions/t/throws/app.ts', "throw new Error('cannot start: no store')")
  write(
    'functions/t/lost/deep.ts',
    'interface Wanted {\n  id: string\n}\n\nexport function find({ id }: Wanted) {\n  throw new TypeError(id)\n}\n',
  )
  write(
    'functions/t/lost/app.ts',
    app(
      "import { find } from './deep.ts'",
      "app.get('/', c => { try { return c.json(find({ id: 'x' })) } catch (error) { return c.text((error as Error).stack ?? '') } })",
      "app.get('/odd', c => c.text(new Error('odd', { cause: Object.create(null) }).stack ?? ''))",
    ),
  )
  write(
    'echo.mjs',
    "import { createServer } from 'node:http'\nconsole.log('args', process.argv.slice(2).join(' '))\ncreateServer((q, r) => r.end(JSON.stringify({ port: process.env.PORT, mode: process.env.MODE }))).listen(process.env.PORT)",
  )
  write('sidecar.mjs', 'console.log("sidecar up"); setInterval(() => {}, 1000)')
  write('silent.mjs', 'setInterval(() => {}, 1000)')
  write(
    'stubborn.mjs',
    "import { createServer } from 'node:http'\nprocess.on('SIGTERM', () => {})\ncreateServer().listen(process.env.PORT)",
  )
  const images = ['echo', 'sidecar', 'silent', 'stubborn'].map(
    name => `- image: example.com/${name}\n  command: [${node}, ${name}.mjs]\n  env: { MODE: image }\n`,
  )
  runner = createRunner({
    projectDir: project,
    stateDir: join(project, '.skiff'),
    serveModule,
    imagesFile: write('images.yaml', `${images.join('')}- image: example.com/none\n  command: [no-such-program]\n`),
    poolSize: 1,
    lookup: (kind, namespace, name) =>
      kind === 'ConfigMap' && namespace === 'ns' && name === 'colours' ? { main: 'green' } : undefined,
    extraEnv: (spec): ExtraEnv => ({ env: { STORE_PATH: '/tmp/x.db' }, release: () => released.push(spec.name) }),
  })
  await runner.poolReady()
})

afterAll(async () => {
  await runner?.stop()
  rmSync(project, { recursive: true, force: true })
})

let count = 0

async function start(containers: (Partial<Container> & { image: string })[], more: Partial<InstanceSpec> = {}) {
  const digests = await Promise.all(containers.map(({ image }) => runner.resolve(image)))
  const pod: PodSpec = { containers: containers.map((container, index) => ({ name: `c${index}`, ...container })) }
  return runner.start({
    ...{ name: `pod-${count++}`, namespace: 'ns', revision: 'r-00001', configuration: 'r', service: 'r' },
    ...{ labels: {}, annotations: {}, pod, digests, graceMs: 5_000, ...more },
  })
}

function get(address: InstanceAddress, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const target = 'path' in address ? { socketPath: address.path } : address
    request({ ...target, path }, async response => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve(text)
    })
      .on('error', reject)
      .end()
  })
}

async function logOf(pod: string, container = 'c0'): Promise<string> {
  let text = ''
  for await (const chunk of runner.logs('ns', pod, { follow: false, container }) ?? []) text += chunk
  return text
}

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a function', () => {
  it('becomes ready on a socket file and sees exactly the environment of its container', async () => {
    const env = [
      { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'colours', key: 'main' } } },
      { name: 'TZ', value: 'Asia/Tokyo' },
    ]
    const instance = await start([{ image: 'dev.local/t/state', env, ports: [{ containerPort: 9000 }] }])
    const seen = JSON.parse(await get(await instance.ready))
    expect(Object.keys(seen.env).sort()).toEqual([
      'COLOUR',
      'HOME',
      'HOSTNAME',
      'K_CONFIGURATION',
      'K_REVISION',
      'K_SERVICE',
      'PATH',
      'PORT',
      'STORE_PATH',
      'TZ',
    ])
    expect(seen.env).toMatchObject({ COLOUR: 'green', PORT: '9000', HOSTNAME: instance.name, K_SERVICE: 'r' })
    expect(seen).toMatchObject({ same: true, cwd: project, argv: [] })
    expect(seen.file).toBe(join(project, 'functions/t/state/app.ts'))
    expect(await logOf(instance.name)).toBe('hello from the log\n')
    await instance.stop()
    expect(await instance.gone).toBeUndefined()
    expect(released).toContain(instance.name)
    expect(alive(seen.pid)).toBe(false)
  })

  it('gets a process of its own each time', async () => {
    const [one, two] = [await start([{ image: 'dev.local/t/state' }]), await start([{ image: 'dev.local/t/state' }])]
    const pids = [await get(await one.ready), await get(await two.ready)].map(text => JSON.parse(text).pid)
    expect(pids[0]).not.toBe(pids[1])
    await Promise.all([one.stop(), two.stop()])
  })

  it('gets NODE_OPTIONS when its process starts, and its args', async () => {
    const instance = await start([
      {
        image: 'dev.local/t/state',
        args: ['--name', '$(K_SERVICE)'],
        env: [{ name: 'NODE_OPTIONS', value: '--title=mine' }],
      },
    ])
    expect(JSON.parse(await get(await instance.ready))).toMatchObject({
      argv: ['--name', 'r'],
      env: { NODE_OPTIONS: '--title=mine' },
    })
    await instance.stop()
  })

  it('finds stdin at its end', async () => {
    const instance = await start([{ image: 'dev.local/t/state' }])
    expect(await get(await instance.ready, '/stdin')).toBe('end')
    await instance.stop()
  })

  it('answers what it had begun before it stops', async () => {
    const instance = await start([{ image: 'dev.local/t/state' }])
    const address = await instance.ready
    const answer = get(address, '/slow')
    await new Promise(resolve => setTimeout(resolve, 100))
    await instance.stop()
    expect(await answer).toBe('done')
  })

  it('that exits says with which code and its last words', async () => {
    const instance = await start([{ image: 'dev.local/t/state' }])
    await get(await instance.ready, '/crash').catch(() => {})
    expect(await instance.gone).toEqual({
      reason: 'ExitCode3',
      exitCode: 3,
      message: 'hello from the log\nlast words\n',
    })
  })

  it('that throws while it starts is never ready and shows the error', async () => {
    const instance = await start([{ image: 'dev.local/t/throws' }])
    await expect(instance.ready).rejects.toMatchObject({ failure: { reason: 'ExitCode1' } })
    expect((await instance.gone)?.message).toContain('cannot start: no store')
    expect((await instance.gone)?.message).toContain(`(${join(project, 'functions/t/throws/app.ts')}:1:7)`)
  })

  it('names places of its source in a stack, not of its bundle', async () => {
    const instance = await start([{ image: 'dev.local/t/lost' }])
    const [heading, first, second] = (await get(await instance.ready)).split('\n')
    expect(heading).toBe('TypeError: x')
    expect(first).toBe(`    at find (${join(project, 'functions/t/lost/deep.ts')}:6:9)`)
    expect(second).toContain(`${join(project, 'functions/t/lost/app.ts')}:4:`)
    expect(await get(await instance.ready, '/odd')).toMatch(/^Error: odd\n {4}at /)
    await instance.stop()
  })

  it('beyond its memory limit is killed as OOMKilled', async () => {
    const instance = await start([{ image: 'dev.local/t/state', resources: { limits: { memory: '200Mi' } } }])
    await get(await instance.ready, '/hog').catch(() => {})
    expect(await instance.gone).toMatchObject({ reason: 'OOMKilled', exitCode: 137 })
  })

  it('is ended with the reason when its liveness probe fails after it was well', async () => {
    const livenessProbe = { httpGet: { path: '/live' }, periodSeconds: 1, failureThreshold: 2 }
    const instance = await start([{ image: 'dev.local/t/sick', livenessProbe }])
    const pid = Number(await get(await instance.ready))
    expect(await instance.gone).toMatchObject({
      reason: 'ProbeFailed',
      message: expect.stringMatching(/^Liveness probe failed: .*500/),
    })
    expect(alive(pid)).toBe(false)
  })

  it('says when its readiness probe fails after it was ready', async () => {
    const probe = { httpGet: { path: '/live' }, periodSeconds: 1, failureThreshold: 1 }
    const instance = await start([{ image: 'dev.local/t/sick', readinessProbe: probe }])
    const address = await instance.ready
    const unready = new Promise(resolve => instance.onReadiness(resolve))
    const pid = Number(await get(address))
    expect(await unready).toBe(false)
    expect(alive(pid)).toBe(true)
    await instance.stop()
  })

  it('killed at once is gone without a failure', async () => {
    const instance = await start([{ image: 'dev.local/t/state' }])
    const { pid } = JSON.parse(await get(await instance.ready))
    instance.kill()
    expect(await instance.gone).toBeUndefined()
    expect(alive(pid)).toBe(false)
  })
})

describe('a program of the image map', () => {
  it('listens on a free port that PORT names', async () => {
    const instance = await start([{ image: 'example.com/echo', args: ['a', 'b'] }])
    const address = await instance.ready
    expect(address).toMatchObject({ host: '127.0.0.1' })
    expect(JSON.parse(await get(address))).toEqual({ port: String('port' in address && address.port), mode: 'image' })
    expect(await logOf(instance.name)).toBe('args a b\n')
    await instance.stop()
  })

  it('runs beside its sidecars; the one with ports serves', async () => {
    const instance = await start([
      { image: 'example.com/sidecar' },
      { image: 'example.com/echo', ports: [{ containerPort: 8080 }] },
    ])
    expect(JSON.parse(await get(await instance.ready))).toMatchObject({ mode: 'image' })
    expect(await logOf(instance.name, 'c0')).toBe('sidecar up\n')
    await instance.stop()
  })

  it('that ignores SIGTERM is killed after the grace period', async () => {
    const instance = await start([{ image: 'example.com/stubborn' }], { graceMs: 200 })
    await instance.ready
    await instance.stop()
    expect(await instance.gone).toBeUndefined()
  })

  it.each([
    ['http', { httpGet: { path: '/healthz', port: 8080 } }],
    ['exec', { exec: { command: ['true'] } }],
  ])('is ready once its %s probe passes', async (_kind, probe) => {
    const instance = await start([{ image: 'example.com/echo', readinessProbe: probe }])
    await instance.ready
    await instance.stop()
  })

  it('that never listens fails at the progress deadline', async () => {
    const instance = await start([{ image: 'example.com/silent' }], {
      annotations: { 'serving.knative.dev/progress-deadline': '300ms' },
    })
    await expect(instance.ready).rejects.toMatchObject({ failure: { reason: 'ProgressDeadlineExceeded' } })
    expect(await instance.gone).toMatchObject({ reason: 'ProgressDeadlineExceeded' })
  })

  it('whose startup probe fails for good is ended with the reason', async () => {
    const startupProbe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1 }
    const instance = await start([{ image: 'example.com/echo', startupProbe }])
    expect(await instance.gone).toMatchObject({
      reason: 'ProbeFailed',
      message: expect.stringContaining('Startup probe'),
    })
  })

  it('that does not exist fails as SpawnFailed and names the program', async () => {
    const instance = await start([{ image: 'example.com/none' }])
    expect(await instance.gone).toMatchObject({
      reason: 'SpawnFailed',
      message: expect.stringContaining('no-such-program'),
    })
  })
})

describe('what cannot start', () => {
  it('says what is missing in the words of Kubernetes, and leaves no process behind', async () => {
    const instance = await start([{ image: 'dev.local/t/state', envFrom: [{ configMapRef: { name: 'x' } }] }])
    await expect(instance.ready).rejects.toThrow('configmap "x" not found')
    expect(await instance.gone).toEqual({ reason: 'CreateContainerConfigError', message: 'configmap "x" not found' })
    expect(released).toContain(instance.name)
  })

  it('can be stopped before it was started', async () => {
    const instance = await start([{ image: 'dev.local/t/state' }])
    await instance.stop()
    await expect(instance.ready).rejects.toMatchObject({ failure: { reason: 'Stopped' } })
    expect(await instance.gone).toBeUndefined()
  })
})

describe('the pool', () => {
  it('runs from the code cache of an earlier instance', async () => {
    const first = await start([{ image: 'dev.local/t/state' }])
    await first.ready
    const digest = (await runner.resolve('dev.local/t/state')).split('sha256:')[1] ?? ''
    const cache = join(project, '.skiff/images', digest, 'bundle.cjs.cache')
    await expect.poll(() => existsSync(cache), { timeout: 10_000 }).toBe(true)
    const second = await start([{ image: 'dev.local/t/state' }])
    expect(JSON.parse(await get(await second.ready))).toMatchObject({ cwd: project })
    await Promise.all([first.stop(), second.stop()])
  })

  it('grows on a hint and serves them all', async () => {
    runner.expect(4)
    const instances = await Promise.all(Array.from({ length: 4 }, () => start([{ image: 'dev.local/t/state' }])))
    const pids = await Promise.all(instances.map(async each => JSON.parse(await get(await each.ready)).pid))
    expect(new Set(pids).size).toBe(4)
    await Promise.all(instances.map(each => each.stop()))
  })
})

describe('logs', () => {
  it('are kept a container, never in the way of the next pod', () => {
    const folder = join(project, '.skiff/logs/ns')
    expect(
      readdirSync(folder).every(pod => readdirSync(join(folder, pod)).every(file => /^c\d\.log$/.test(file))),
    ).toBe(true)
  })

  it('of unknown pods or with a path in the name are none', () => {
    expect(runner.logs('ns', 'nobody', { follow: false })).toBeUndefined()
    expect(runner.logs('ns', '../../images', { follow: false })).toBeUndefined()
    expect(readFileSync(join(project, 'images.yaml'), 'utf8')).toContain('echo')
  })
})

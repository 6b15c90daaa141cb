// A runtime to measure: the real command in a process of its own, on a throw-away state folder and free ports.
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { keepImages, lendImages } from './image-cache.ts'

export const projectDir = join(import.meta.dirname, '..')
/** The `skiff` command. */
export const launcher = join(projectDir, 'local/cli/bin/skiff.js')

export interface World {
  /** The runtime's process. */
  pid: number
  port: number
  stateDir: string
  /** Milliseconds from the start of the process until everything was Ready. */
  bootMs: number
  stop(): Promise<void>
}

export interface WorldOptions {
  project?: string
  stateDir?: string
  flags?: string[]
  env?: Record<string, string>
}

/** Starts `skiff up` and waits until everything is Ready. Rejects with what it printed when it ends instead. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), 'skiff-bench-'))
  const isOwn = !options.stateDir && !options.project
  if (isOwn) lendImages(stateDir)
  const port = await freePort()
  const ports = ['--gateway-port', `80=${port}`, '--gateway-port', '443=0']
  const flags = ['up', '--json', '--state', stateDir, ...ports, ...(options.flags ?? [])]
  const startedAt = performance.now()
  const child = spawn(process.execPath, [launcher, ...flags], {
    cwd: options.project ?? projectDir,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await firstLine(child)
  const bootMs = performance.now() - startedAt
  const stop = async () => {
    await ended(child)
    if (isOwn) keepImages(stateDir)
    if (!options.stateDir) rmSync(stateDir, { recursive: true, force: true })
  }
  return { pid: child.pid ?? 0, port, stateDir, bootMs, stop }
}

/** A project of `count` Knative Services that all answer `hello` from a Hono app; the first is `hello-0`. */
export function helloProject(count: number, template: Record<string, unknown> = {}): string {
  const project = mkdtempSync(join(tmpdir(), 'skiff-hello-'))
  const app =
    "import { Hono } from 'hono'\nexport default new Hono().get('/', c => c.text('hello')).get('/revision', c => c.text(c.env.K_REVISION))\n"
  write(join(project, 'functions/hello/hello/app.ts'), app)
  write(join(project, 'package.json'), '{ "type": "module" }\n')
  const annotations = { 'autoscaling.knative.dev/initial-scale': '0', ...template }
  const config = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'config-autoscaler', namespace: 'knative-serving' },
    data: { 'allow-zero-initial-scale': 'true' },
  }
  write(join(project, 'knative/config-autoscaler.yaml'), JSON.stringify(config))
  for (let index = 0; index < count; index++) {
    const service = {
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Service',
      metadata: { name: `hello-${index}`, namespace: 'default' },
      spec: { template: { metadata: { annotations }, spec: { containers: [{ image: 'dev.local/hello/hello' }] } } },
    }
    write(join(project, `knative/hello/hello-${index}.yaml`), JSON.stringify(service))
  }
  return project
}

/** Our own project, except that the greeting services named store nothing and publish nothing. */
export function quietGreetingProject(services: readonly string[]): string {
  const project = mkdtempSync(join(tmpdir(), 'skiff-greeting-'))
  for (const folder of ['knative', 'eventing'])
    cpSync(join(projectDir, folder), join(project, folder), { recursive: true })
  symlinkSync(join(projectDir, 'functions'), join(project, 'functions'))
  for (const service of services) {
    const file = join(project, `knative/greeting/${service}.yaml`)
    const document = parse(readFileSync(file, 'utf8')) as GreetingService
    for (const container of document.spec.template.spec.containers) {
      const kept = (container.env ?? []).filter(({ name }) => name !== 'K_SINK')
      container.env = [...kept, { name: 'STORE', value: 'off' }]
    }
    writeFileSync(file, JSON.stringify(document))
  }
  return project
}

interface GreetingService {
  spec: { template: { spec: { containers: { env?: { name: string; value: string }[] }[] } } }
}

/** One request with a Host of its own; resolves with status, body and milliseconds. */
export function call(port: number, host: string, path = '/'): Promise<{ status: number; body: string; ms: number }> {
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers: { host }, agent: false }, answer => {
      let body = ''
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body, ms: performance.now() - startedAt }))
    })
    sent.once('error', reject).end()
  })
}

export const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** `up --json` prints one line when everything is Ready. */
function firstLine(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = ''
    child.stderr?.on('data', (data: Buffer) => {
      printed += data
    })
    child.stdout?.once('data', () => resolve())
    child.once('exit', code => reject(new Error(`skiff up ended with ${code}: ${printed}`)))
  })
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const runnerModule = new URL('../local/runner/runner.ts', import.meta.url).href
const serveModule = new URL('../functions/lib/serve.ts', import.meta.url).pathname

let project: string
let parent: ChildProcess | undefined

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'lifeline-'))
  mkdirSync(join(project, 'tmp'))
  mkdirSync(join(project, 'functions/t/busy'), { recursive: true })
  // Never returns to its event loop, so it cannot notice anything by itself.
  const app = [
    "import { Hono } from 'hono'",
    "import { writeFileSync } from 'node:fs'",
    'setTimeout(() => { writeFileSync(process.env.MARK, String(process.pid)); for (;;); }, 100)',
    'export default new Hono()',
  ]
  writeFileSync(join(project, 'functions/t/busy/app.ts'), app.join('\n'))
  // A program that starts another one and ignores what can be ignored.
  writeFileSync(join(project, 'tree.sh'), "trap '' TERM HUP INT\nsleep 600 &\necho $! > $MARK\nwait\n")
  writeFileSync(join(project, 'images.yaml'), '- image: example.com/tree\n  command: [/bin/sh, tree.sh]\n')
})

afterEach(() => {
  parent?.kill('SIGKILL')
  rmSync(project, { recursive: true, force: true })
})

/** Starts a runtime of its own with one instance of `image`, and gives the pid it left in the mark file. */
async function startParent(image: string): Promise<void> {
  const program = `
    import { createRunner } from ${JSON.stringify(runnerModule)}
    const project = ${JSON.stringify(project)}
    const runner = createRunner({ projectDir: project, stateDir: project + '/.skiff', serveModule: ${JSON.stringify(serveModule)}, imagesFile: project + '/images.yaml', poolSize: 2 })
    await runner.poolReady()
    const image = ${JSON.stringify(image)}
    const env = [{ name: 'MARK', value: project + '/mark' }]
    runner.start({ name: 'p', namespace: 'n', revision: 'r', configuration: 'c', service: 's', labels: {}, annotations: {}, graceMs: 60000,
      digests: [await runner.resolve(image)], pod: { containers: [{ image, env }] } })
    setInterval(() => {}, 1000)
  `
  writeFileSync(join(project, 'parent.ts'), program)
  parent = spawn(process.execPath, [join(project, 'parent.ts')], {
    stdio: 'inherit',
    env: { ...process.env, TMPDIR: join(project, 'tmp') },
  })
  await expect.poll(() => existsSync(join(project, 'mark')), { timeout: 30_000 }).toBe(true)
}

/** Processes whose command line or environment names the project. */
function left(): string[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
  return pids.filter(pid => {
    try {
      return readdirSync(`/proc/${pid}/fd`).length > 0 && belongs(pid)
    } catch {
      return false
    }
  })
}

function belongs(pid: string): boolean {
  return ['cmdline', 'environ'].some(file => readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(project))
}

it.runIf(process.platform === 'linux').each([
  ['a function that never yields', 'dev.local/t/busy'],
  ['a program with a child that ignores signals', 'example.com/tree'],
])('kill -9 of the runtime ends %s, the pool, and the sockets', async (_what, image) => {
  await startParent(image)
  expect(left().length).toBeGreaterThanOrEqual(4)
  parent?.kill('SIGKILL')
  await expect.poll(left, { timeout: 10_000 }).toEqual([])
  await expect.poll(() => readdirSync(join(project, 'tmp')), { timeout: 10_000 }).toEqual([])
})

// The baseline: the greeting services as plain Node processes that know each other's ports, with no mesh between them.
import { type ChildProcess, spawn } from 'node:child_process'
import { call, freePort, pause, projectDir } from '../../world.ts'

export interface PlainServices {
  /** The port of the chain's edge. */
  port: number
  pids: number[]
  stop(): void
}

const letters = ['a', 'b', 'c', 'd', 'e', 'g', 'h'] as const

/** The same handlers, each served as in its container; they store nothing and publish nothing. */
export async function startPlainServices(): Promise<PlainServices> {
  const ports = new Map<string, number>()
  for (const name of [...letters, 'gateway']) ports.set(name, await freePort())
  const urls = letters.map(letter => [`SERVICE_${letter.toUpperCase()}_URL`, `http://127.0.0.1:${ports.get(letter)}`])
  const env = { ...process.env, ...Object.fromEntries(urls), STORE: 'off' }
  const children = [...ports].map(([name, port]) => serve(name, { ...env, PORT: `${port}` }))
  const stop = () => {
    for (const child of children) child.kill('SIGKILL')
  }
  const port = ports.get('gateway') ?? 0
  try {
    await Promise.all([...ports.values()].map(listens))
  } catch (error) {
    stop()
    throw error
  }
  return { port, pids: children.map(child => child.pid ?? 0), stop }
}

function serve(name: string, env: NodeJS.ProcessEnv): ChildProcess {
  const words = ['functions/lib/serve.ts', `greeting/${name}`]
  return spawn(process.execPath, words, { cwd: projectDir, env, stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Resolves once something answers there. */
export async function listens(port: number): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; await pause(5)) {
    const answer = await call(port, 'localhost', '/healthz').catch(() => undefined)
    if (answer?.status === 200) return
    if (Date.now() > deadline) throw new Error(`nothing answered on port ${port} within 30 s`)
  }
}

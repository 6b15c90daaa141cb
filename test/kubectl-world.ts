// Real kubectl against a real runtime: command lines as people type them, and what they print.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { helloProject, startWorld, type World } from '../load/world.ts'
import { isInstalled } from '../scripts/program.ts'
import { serversRequired } from './servers/servers.ts'

/** One command line: what it prints, and where it differs from success. */
export interface Line {
  /** Words after `kubectl`; quotes hold words together. */
  line: string
  stdin?: string
  /** All of stdout, each run of spaces as one; or what it has to match. */
  out?: string | RegExp
  /** What stderr has to match; nothing when left out. */
  err?: RegExp
  /** 0 unless it says otherwise. */
  code?: number
  env?: Record<string, string>
}

interface Printed {
  code: number
  out: string
  err: string
}

let world: World
let home: string

/** A suite of command lines, one after another; `body` may hold further tests. */
export function kubectlSuite(name: string, body: () => void): void {
  describe.skipIf(!serversRequired && !isInstalled('kubectl'))(name, () => {
    beforeAll(async () => {
      home = mkdtempSync(join(tmpdir(), 'kubectl-'))
      world = await startWorld({ project: helloProject(0), flags: ['--no-apply'] })
    })
    afterAll(async () => {
      await world?.stop()
      rmSync(home, { recursive: true, force: true })
    })
    body()
  })
}

/** Tests of these lines, in their order: later ones build on earlier ones. */
export function lines(rows: readonly Line[]): void {
  it.each(rows)('$line', async row => {
    const { code, out, err } = await kubectl(row.line, row)
    expect(code, err).toBe(row.code ?? 0)
    expect(err).toMatch(row.err ?? /^$/)
    if (typeof row.out === 'string') expect(squeezed(out)).toBe(squeezed(row.out))
    else if (row.out) expect(squeezed(out)).toMatch(row.out)
  })
}

/** Runs kubectl with the runtime's kubeconfig. */
export function kubectl(line: string, { stdin = '', env = {} }: Pick<Line, 'stdin' | 'env'> = {}): Promise<Printed> {
  const child = spawn('kubectl', wordsOf(line), {
    env: { ...process.env, HOME: home, KUBECONFIG: join(world.stateDir, 'kubeconfig'), ...env },
  })
  const printed: Printed = { code: 0, out: '', err: '' }
  child.stdout.on('data', (data: Buffer) => {
    printed.out += data
  })
  child.stderr.on('data', (data: Buffer) => {
    printed.err += data
  })
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ ...printed, code: code ?? -1 }))
  })
}

/** A file below the suite's own folder. */
export const fileIn = (name: string): string => join(home, name)

/** As a shell parts them: quotes may stand anywhere in a word. */
function wordsOf(line: string): string[] {
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []
  return words.map(word => word.replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double))
}

/** Columns are as wide as their longest cell: only what stands in them matters. */
function squeezed(text: string): string {
  return text
    .split('\n')
    .map(each => each.replace(/ +/g, ' ').trim())
    .join('\n')
    .trim()
}

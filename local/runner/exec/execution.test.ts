// Programs in a container's surroundings: real processes, with pipes and with a terminal.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Execution } from '../../seams/execution.ts'
import { type Guard, startGuard } from '../process/guard.ts'
import { startExecution } from './execution.ts'

let folder: string
let guard: Guard

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'exec-'))
  guard = startGuard(join(folder, 'sockets'))
})

afterEach(async () => {
  await guard.close()
  rmSync(folder, { recursive: true, force: true })
})

function start(script: string, tty = false): Execution {
  const env = { PATH: process.env.PATH ?? '', K_SERVICE: 'shop' }
  return startExecution({ command: ['sh', '-c', script], tty }, { env, cwd: folder, enter: [] }, guard)
}

describe('a program in an instance', () => {
  it('has its environment and folder, and tells how it ended', async () => {
    const run = start('echo $K_SERVICE; pwd; echo oops >&2; exit 7')
    const outputs = await Promise.all([text(run.stdout), text(run.stderr)])
    expect(outputs).toEqual([`shop\n${folder}\n`, 'oops\n'])
    expect(await run.exited).toBe(7)
  })

  it('reads what is typed', async () => {
    const run = start('cat')
    run.stdin.end('typed')
    expect(await text(run.stdout)).toBe('typed')
  })

  it('is killed with what it started', async () => {
    const run = start('sleep 60 & echo $!; wait')
    const [first] = await new Promise<Buffer[]>(resolve => run.stdout.once('data', data => resolve([data])))
    run.kill()
    expect(await run.exited).toBe(137)
    const pid = Number(String(first))
    await expect.poll(() => isThere(pid)).toBe(false)
  })

  it('that does not exist is refused', () => {
    const around = { env: { PATH: '/bin' }, cwd: folder, enter: [] }
    const request = { command: ['no-such-program'], tty: false }
    expect(() => startExecution(request, around, guard)).toThrow(
      'exec: "no-such-program": executable file not found in $PATH',
    )
  })

  it('gets a terminal, of the size of the client', async () => {
    const run = start(
      `test -t 0 && test -t 1 && echo terminal; until [ "$(stty size)" = "33 77" ]; do sleep 0.05; done; stty size`,
      true,
    )
    run.resize(77, 33)
    run.stdin.write('')
    const seen = await text(run.stdout)
    expect(seen.replaceAll('\r', '')).toContain('terminal\n33 77\n')
    expect(await run.exited).toBe(0)
  })

  it('keeps its words apart, whatever is in them', async () => {
    const around = { env: { PATH: process.env.PATH ?? '' }, cwd: folder, enter: [] }
    const command = ['printf', '[%s]', "it's", '$HOME', 'a b', '']
    const run = startExecution({ command, tty: true }, around, guard)
    run.stdin.write('')
    expect(await text(run.stdout)).toContain("[it's][$HOME][a b][]")
  })
})

/** A process that ended and that nobody asked about yet is not there any more. */
function isThere(pid: number): boolean {
  try {
    return !String(execFileSync('ps', ['-o', 'stat=', '-p', String(pid)])).startsWith('Z')
  } catch {
    return false
  }
}

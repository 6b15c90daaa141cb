import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { SkiffError, StatusError } from '../../../kernel/errors.ts'
import type { ApiClient } from '../../client/api-client.ts'
import { formatTraceLines, idsOfTrace, linesOfTrace } from './trace-logs.ts'

const state = mkdtempSync(join(tmpdir(), 'trace-logs-'))
afterAll(() => rmSync(state, { recursive: true, force: true }))

function log(path: string, ...lines: string[]): void {
  const file = join(state, 'logs', path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, lines.map(line => `${line}\n`).join(''))
}

const line = (second: number, text: string) => `{"time":"2026-01-01T00:00:0${second}Z","msg":"${text}"}`

describe('the lines of one trace', () => {
  it('come from all pods, the runtime and the mesh, in order of their time', async () => {
    log('app/a-1/user-container.log', line(1, 'first t-1'), line(2, 'other'), line(4, 'fourth t-1'))
    log('app/b-1/user-container.log', line(3, 'third r-1'), '  at a stack with r-1')
    log('app/b-1/user-container.previous.log', line(2, 'second t-1'))
    log('runtime.log', line(5, 'fifth t-1'))
    log('access.log', '[2026-01-01T00:00:06.000Z] "GET / HTTP/1.1" 200 "r-1"')
    log('app/b-1/notes.txt', 't-1')
    const lines = await linesOfTrace(state, ['t-1', 'r-1'])
    expect(lines.map(one => [one.source, one.line.replace(/.*"msg":"|"}$/g, '')])).toEqual([
      ['app/a-1', 'first t-1'],
      ['app/b-1', 'second t-1'],
      ['app/b-1', 'third r-1'],
      ['app/b-1', '  at a stack with r-1'],
      ['app/a-1', 'fourth t-1'],
      ['runtime', 'fifth t-1'],
      ['access', '[2026-01-01T00:00:06.000Z] "GET / HTTP/1.1" 200 "r-1"'],
    ])
    expect(formatTraceLines(lines.slice(0, 1))).toBe(`[app/a-1] ${line(1, 'first t-1')}\n`)
  })

  it('are none where nothing ran', async () => {
    expect(await linesOfTrace(join(state, 'nowhere'), ['t'])).toEqual([])
  })
})

describe('the ids of a trace', () => {
  const api = (answer: () => Promise<unknown>) => ({ request: answer }) as unknown as ApiClient

  it('are those the runtime knows, else the one given', async () => {
    expect(
      await idsOfTrace(
        api(async () => ({ ids: ['t', 'r'] })),
        'r',
      ),
    ).toEqual(['t', 'r'])
    const unknown = api(() => Promise.reject(new StatusError('NotFound', 'no')))
    expect(await idsOfTrace(unknown, 'x')).toEqual(['x'])
  })

  it('cannot be had without a runtime', async () => {
    await expect(
      idsOfTrace(
        api(() => Promise.reject(new SkiffError('not running'))),
        'x',
      ),
    ).rejects.toThrow('not running')
  })
})

import {
  appendFileSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { logFile, makeLogPlace, terminationMessage } from './log-files.ts'
import { readLogs } from './read.ts'
import { prune, rotate } from './rotation.ts'

let state: string
let file: string

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'logs-'))
  file = logFile(state, 'ns', 'pod', 'main')
  makeLogPlace(file)
})

afterEach(() => rmSync(state, { recursive: true, force: true }))

async function read(options: { tail?: number } = {}): Promise<string> {
  let text = ''
  for await (const chunk of readLogs(state, 'ns', 'pod', { follow: false, ...options }) ?? []) text += chunk
  return text
}

describe('reading a log', () => {
  it.each([
    ['a\nb\nc\n', 2, 'b\nc\n'],
    ['a\nb\nc', 2, 'b\nc'],
    ['a\nb\n', 5, 'a\nb\n'],
    ['a\nb\n', 0, ''],
    ['', 3, ''],
    ['\n\n\n', 2, '\n\n'],
  ])('of %j gives as the last %i lines %j', async (content, tail, lines) => {
    writeFileSync(file, content)
    expect(await read({ tail })).toBe(lines)
  })

  it('finds the last lines of a log far longer than one chunk', async () => {
    const lines = Array.from({ length: 40_000 }, (_, index) => `line ${index}`)
    writeFileSync(file, `${lines.join('\n')}\n`)
    expect(await read({ tail: 20_000 })).toBe(`${lines.slice(-20_000).join('\n')}\n`)
    expect(await read()).toHaveLength(lines.join('\n').length + 1)
  })

  it('follows what is added, through a rotation, until it is aborted', async () => {
    writeFileSync(file, 'one\n')
    const over = new AbortController()
    let text = ''
    for await (const chunk of readLogs(state, 'ns', 'pod', { follow: true, signal: over.signal }) ?? []) {
      text += chunk
      if (text === 'one\n') appendFileSync(file, 'two, a longer line\n')
      if (text.endsWith('line\n')) {
        await rotate(file, 1)
        // The reader looks between the cut and the next line: both orders must do.
        appendFileSync(file, '3\n')
      }
      if (text.endsWith('3\n')) over.abort()
    }
    expect(text).toBe('one\ntwo, a longer line\n3\n')
  })

  it('is none for an unknown container', () => {
    writeFileSync(file, 'x')
    expect(readLogs(state, 'ns', 'pod', { follow: false, container: 'other' })).toBeUndefined()
  })
})

describe('a termination message', () => {
  it('is the last 80 lines', () => {
    writeFileSync(file, `${Array.from({ length: 100 }, (_, index) => index).join('\n')}\n`)
    expect(terminationMessage(file)).toBe(`${Array.from({ length: 80 }, (_, index) => index + 20).join('\n')}\n`)
  })

  it('is 2048 bytes at most, and empty without a log', () => {
    writeFileSync(file, 'x'.repeat(5_000))
    expect(terminationMessage(file)).toBe('x'.repeat(2_048))
    expect(terminationMessage(join(state, 'none.log'))).toBe('')
  })
})

describe('room for logs', () => {
  it('is kept by moving a long log aside while its writer goes on', async () => {
    const writer = openSync(file, 'a')
    writeSync(writer, 'long line\n')
    await rotate(file, 5)
    writeSync(writer, 'next\n')
    expect(readFileSync(`${file}.1`, 'utf8')).toBe('long line\n')
    expect(readFileSync(file, 'utf8')).toBe('next\n')
  })

  it('leaves short logs and missing ones alone', async () => {
    writeFileSync(file, 'short')
    await rotate(file, 5)
    await rotate(join(state, 'none.log'), 5)
    expect(readdirSync(dirname(file))).toEqual(['main.log'])
  })

  it('keeps the newest ended pods and all that run', async () => {
    for (const [index, pod] of ['old', 'older', 'new', 'runs'].entries()) {
      makeLogPlace(logFile(state, 'x', pod, 'main'))
      const age = { old: 200, older: 300, new: 100, runs: 900 }[pod] ?? index
      utimesSync(join(state, 'logs/x', pod), new Date(), new Date(Date.now() - age * 1_000))
    }
    await prune(join(state, 'logs/x'), new Set(['runs']), 2)
    expect(readdirSync(join(state, 'logs/x')).sort()).toEqual(['new', 'old', 'runs'])
  })

  it('of a container that starts again is the previous log', () => {
    writeFileSync(file, 'before')
    makeLogPlace(file)
    expect(readdirSync(dirname(file))).toEqual(['main.previous.log'])
  })
})

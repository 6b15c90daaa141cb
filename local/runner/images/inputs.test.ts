import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createInputReader, type Input } from './inputs.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inputs-'))
  file = join(folder, 'a.ts')
  writeFileSync(file, 'one')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const recorded = (): Input[] => {
  const input = createInputReader().read(file)
  return input ? [input] : []
}

describe('inputs of a bundle', () => {
  it('are unchanged while size and time are', () => {
    const [before] = recorded()
    // A content that was never there shows that nothing was read.
    const inputs = [{ ...before, hash: 'x' } as Input]
    expect(createInputReader().unchanged(inputs)).toEqual(inputs)
  })

  it('are unchanged when only touched, with their new time', () => {
    const before = recorded()
    utimesSync(file, 1, 1)
    expect(createInputReader().unchanged(before)?.[0]?.mtimeMs).toBe(1_000)
  })

  it.each<[string, () => void]>([
    ['a changed content', () => writeFileSync(file, 'other')],
    ['a file that is gone', () => rmSync(file)],
  ])('are changed by %s', (_name, change) => {
    const before = recorded()
    change()
    expect(createInputReader().unchanged(before)).toBeUndefined()
  })

  it('are looked at once a round', () => {
    const reader = createInputReader()
    const before = reader.read(file)
    const { atime } = statSync(file)
    writeFileSync(file, 'two!')
    utimesSync(file, atime, 5)
    expect(reader.read(file)).toBe(before)
    reader.forget()
    expect(reader.read(file)?.mtimeMs).toBe(5_000)
  })

  it('tell each record its own change, whichever was looked at first', () => {
    const old = recorded()
    writeFileSync(file, 'two!')
    const current = recorded()
    const reader = createInputReader()
    expect(reader.unchanged(old)).toBeUndefined()
    expect(reader.unchanged(current)).toEqual(current)
    expect(reader.unchanged(old)).toBeUndefined()
  })
})

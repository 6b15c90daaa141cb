import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cachedScript } from './cached-script.ts'

let folder: string
let file: string
let cache: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cached-script-'))
  file = join(folder, 'script.cjs')
  cache = join(folder, 'script.cache')
  writeFileSync(file, 'function double(value) { return 2 * value }\nreport(double(given))')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function run(given: number): { value: unknown; keep(): void } {
  let value: unknown
  const script = cachedScript(file, cache, ['given', 'report'])
  script.run(given, (result: unknown) => {
    value = result
  })
  return { value, keep: script.keep }
}

describe('a script with its code cache', () => {
  it('runs without a cache, and the same from one', () => {
    const first = run(21)
    expect(first.value).toBe(42)
    first.keep()
    expect(existsSync(cache)).toBe(true)
    expect(run(4).value).toBe(8)
  })

  it('leaves a cache that served as it is', () => {
    run(1).keep()
    const before = readFileSync(cache)
    run(2).keep()
    expect(readFileSync(cache).equals(before)).toBe(true)
  })

  // Before the first run: a script this process compiled already comes from V8's memory, whatever the file holds.
  it.each([
    ['rubbish', Buffer.from('no cache at all')],
    ['empty', Buffer.alloc(0)],
  ])('runs from the source when the cache is %s, and replaces it', (_what, broken) => {
    writeFileSync(cache, broken)
    const script = run(3)
    expect(script.value).toBe(6)
    script.keep()
    expect(readFileSync(cache).length).toBeGreaterThan(100)
  })

  it('says nothing when the cache cannot be written', () => {
    const script = run(1)
    rmSync(folder, { recursive: true })
    expect(script.keep).not.toThrow()
  })

  it('names the file and the line of an error', () => {
    writeFileSync(file, '\nthrow new Error("broken")')
    expect(() => run(1)).toThrow('broken')
    try {
      run(1)
    } catch (error) {
      expect((error as Error).stack).toContain(`${file}:2`)
    }
  })
})

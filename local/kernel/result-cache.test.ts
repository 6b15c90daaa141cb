import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resultCache } from './result-cache.ts'

let folder: string

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'results-')), 'deep', 'folder')
})

afterEach(() => rmSync(join(folder, '../..'), { recursive: true, force: true }))

describe('results between commands', () => {
  it('knows nothing before anything was kept', () => {
    expect(resultCache(folder, 3).read('aa')).toBeUndefined()
    expect(existsSync(folder)).toBe(false)
  })

  it('gives another process what was kept, under its key alone', () => {
    resultCache<object>(folder, 3).write('aa', { hosts: ['a'] })
    expect(resultCache(folder, 3).read('aa')).toEqual({ hosts: ['a'] })
    expect(resultCache(folder, 3).read('ab')).toBeUndefined()
  })

  it('takes a file cut short for none, and writes it anew', () => {
    const cache = resultCache<number[]>(folder, 3)
    cache.write('aa', [1, 2, 3])
    writeFileSync(join(folder, 'aa.json'), '[1, 2')
    expect(cache.read('aa')).toBeUndefined()
    cache.write('aa', [4])
    expect(cache.read('aa')).toEqual([4])
  })

  it('leaves no draft behind, and nothing that others may read', () => {
    resultCache<number>(folder, 3).write('aa', 1)
    expect(readdirSync(folder)).toEqual(['aa.json'])
    expect(statSync(join(folder, 'aa.json')).mode & 0o077).toBe(0)
  })

  it('forgets the oldest beyond the number asked for', () => {
    const cache = resultCache<number>(folder, 2)
    for (const [age, key] of ['aa', 'bb'].entries()) {
      cache.write(key, age)
      utimesSync(join(folder, `${key}.json`), age + 1, age + 1)
    }
    cache.write('cc', 2)
    expect(['aa', 'bb', 'cc'].map(key => cache.read(key))).toEqual([undefined, 1, 2])
  })

  it('keeps nothing where nothing can be written, without an error', () => {
    const file = join(folder, '../..', 'file')
    writeFileSync(file, '')
    const cache = resultCache<number>(join(file, 'below'), 2)
    expect(() => cache.write('aa', 1)).not.toThrow()
    expect(cache.read('aa')).toBeUndefined()
  })
})

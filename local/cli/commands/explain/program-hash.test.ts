import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { programHash } from './program-hash.ts'

let root: string

const write = (path: string, text: string, at = 1_000) => {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  utimesSync(file, at, at)
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'program-'))
  write('package.json', '{"version":"1.0.0"}')
  write('node_modules/.package-lock.json', '{}')
  write('local/mesh/route.ts', 'export const a = 1')
  write('local/mesh/route.test.ts', '')
})

afterEach(() => rmSync(root, { recursive: true }))

describe('the state of the program', () => {
  it('is the same as long as nothing changes', () => {
    expect(programHash(root)).toBe(programHash(root))
  })

  it.each<[string, () => void]>([
    ['its version', () => write('package.json', '{"version":"1.0.1"}')],
    ['an installed package', () => write('node_modules/.package-lock.json', '{"packages":{}}')],
    ['the length of a module', () => write('local/mesh/route.ts', 'export const a = 12')],
    ['the time of a module', () => write('local/mesh/route.ts', 'export const a = 2', 2_000)],
    ['a new module', () => write('local/mesh/new.ts', '')],
    ['a module that is gone', () => rmSync(join(root, 'local/mesh/route.ts'))],
  ])('is another one with %s', (_name, change) => {
    const before = programHash(root)
    change()
    expect(programHash(root)).not.toBe(before)
  })

  it('is the same with another test', () => {
    const before = programHash(root)
    write('local/mesh/route.test.ts', 'a longer test', 3_000)
    expect(programHash(root)).toBe(before)
  })
})

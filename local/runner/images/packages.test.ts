import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createPackageReader, installedPackage } from './packages.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'packages-'))
  writeFileSync(join(root, 'package.json'), '{}')
  install('@scope/one', '1.0.0')
})

afterEach(() => rmSync(root, { recursive: true }))

function install(name: string, version: string): void {
  const folder = join(root, 'node_modules', name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version, main: 'index.js' }))
  writeFileSync(join(folder, 'index.js'), '')
}

it('a package is found by any module of it, in the first folder that has it', () => {
  const found = installedPackage('@scope/one/deep/module.js', [tmpdir(), root])
  expect(found).toEqual({ version: '1.0.0', manifest: expect.stringContaining('one/package.json') })
})

it('is looked up once a round, and anew in the next', () => {
  const packages = createPackageReader([root])
  expect(packages.find('@scope/one')?.version).toBe('1.0.0')
  expect(packages.find('two')).toBeUndefined()
  install('@scope/one', '2.0.0')
  install('two', '1.0.0')
  expect(packages.find('@scope/one/part')?.version).toBe('1.0.0')
  expect(packages.find('two')).toBeUndefined()
  packages.forget()
  expect([packages.find('@scope/one')?.version, packages.find('two')?.version]).toEqual(['2.0.0', '1.0.0'])
})

// `skiff/testing` as other projects have it: installed below node_modules, run by node:test, with types that resolve.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)

/** The program of the README, byte for byte. */
function readmeTest(): string {
  const [, program] = /```ts\n(\/\/ routes\.test\.ts.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  if (program === undefined) throw new Error('the README shows no routes.test.ts')
  return program
}

describe('the package in another project', () => {
  let project: string

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'skiff-user-'))
    const modules = join(project, 'node_modules')
    mkdirSync(join(modules, 'skiff'), { recursive: true })
    cpSync(join(root, 'package.json'), join(modules, 'skiff', 'package.json'))
    cpSync(join(root, 'local'), join(modules, 'skiff', 'local'), { recursive: true })
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name))
    }
    writeFileSync(join(project, 'package.json'), '{"type": "module"}')
    writeFileSync(join(project, 'routes.test.ts'), readmeTest())
  })
  afterAll(() => rmSync(project, { recursive: true }))

  it('runs the tests that the README shows', async () => {
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', join(project, 'routes.test.ts')], {
      cwd: root,
    })
    expect(stdout).toContain('# pass 2')
    expect(stdout).toContain('# fail 0')
  })

  it('has types that a strict project checks', async () => {
    const options = { module: 'nodenext', target: 'esnext', strict: true, noEmit: true, types: ['node'] }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['*.ts'] }))
    writeFileSync(
      join(project, 'wrong.ts'),
      "import { world } from 'skiff/testing'\n// @ts-expect-error\nawait world({ seeds: 1 })\n",
    )
    const outcome = await run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', project]).catch(error => error)
    expect(outcome.stdout).toBe('')
  })
})

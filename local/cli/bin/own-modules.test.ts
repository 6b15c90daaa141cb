import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const hooks = new URL('./own-modules.js', import.meta.url).href
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'own-modules-'))
  write(
    'entry.mjs',
    `import { resolveOwnModules } from '${hooks}'\nresolveOwnModules('${url('')}')\nawait import('./a.ts')`,
  )
})

afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
const url = (name: string) => `${pathToFileURL(folder).href}/${name}`
const run = () => execFileSync(process.execPath, [join(folder, 'entry.mjs')], { encoding: 'utf8', stdio: 'pipe' })

describe('modules of the package itself', () => {
  it('are found beside the one that imports them, with their types stripped', () => {
    write('a.ts', "import { b } from './b.ts'\nconst text: string = b\nconsole.log(text, import.meta.url)")
    write('b.ts', "export const b: string = 'from b'")
    expect(run()).toBe(`from b ${url('a.ts')}\n`)
  })

  it('are one module by whatever way they are imported', () => {
    write('a.ts', "import { list } from './b.ts'\nimport './c.ts'\nconsole.log(list.length)")
    write('b.ts', 'export const list: number[] = []')
    write('c.ts', `import { list } from '${url('b.ts')}'\nlist.push(1)`)
    expect(run()).toBe('1\n')
  })

  it('are named when they are missing', () => {
    write('a.ts', "import './gone.ts'")
    expect(run).toThrow('gone.ts')
  })

  it('may import packages and builtin modules as ever', () => {
    write('a.ts', "import { join } from 'node:path'\nconsole.log(join('x', 'y'))")
    expect(run()).toBe(`${join('x', 'y')}\n`)
  })
})

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createRegistry } from '../../api/registry.ts'
import { readProject } from '../../manifests/project.ts'
import { commandLine } from '../cli-under-test.ts'

const folder = mkdtempSync(join(tmpdir(), 'init-'))
afterAll(() => rmSync(folder, { recursive: true }))
const skiff = commandLine(folder)

describe('init', () => {
  it('makes a project whose manifests pass every check', async () => {
    const { code, out } = await skiff(['init', 'demo'])
    expect(code).toBe(0)
    expect(out).toMatch(/^made demo\/ with 6 files; run it with:\n {2}cd demo && npm install && npx skiff up\n$/)
    const { documents, errors } = await readProject(join(folder, 'demo'), { registry: createRegistry() })
    expect(errors).toEqual([])
    expect(documents.map(({ object }) => `${object.kind}/${object.metadata.name}`)).toEqual([
      ...['Namespace/hello', 'Service/hello'],
    ])
  })

  it('names an image whose function is there', async () => {
    await skiff(['init', 'with-image'])
    const text = readFileSync(join(folder, 'with-image/knative/hello/hello.yaml'), 'utf8')
    const [, image = ''] = /image: dev\.local\/(\S+)/.exec(text) ?? []
    expect(existsSync(join(folder, 'with-image/functions', image, 'app.ts'))).toBe(true)
  })

  it('gets skiff from where this one is', async () => {
    await skiff(['init', 'from-here'])
    const { name, dependencies } = JSON.parse(readFileSync(join(folder, 'from-here/package.json'), 'utf8'))
    expect([name, dependencies.skiff]).toEqual(['from-here', expect.stringMatching(/^file:\//)])
  })

  it('writes over nothing', async () => {
    mkdirSync(join(folder, 'taken'))
    const { code, err } = await skiff(['init', 'taken'])
    expect([code, err]).toEqual([2, expect.stringContaining('taken exists already; name a new folder')])
    expect(readdirSync(join(folder, 'taken'))).toEqual([])
  })

  it.each(['Shop', 'my_shop', '-a', 'a-', '../up', '1st', 'a'.repeat(64)])('takes no project called %s', async name => {
    const { code, err } = await skiff(['init', '--', name])
    expect([code, err]).toEqual([2, expect.stringContaining(`"${name}" is no name for a project`)])
    expect(existsSync(join(folder, name))).toBe(false)
  })
})

describe('completion', () => {
  /** What bash offers after these words. */
  async function offered(...words: string[]): Promise<string[]> {
    const { out } = await skiff(['completion', 'bash'])
    const line = `COMP_WORDS=(skiff ${words.map(word => `"${word}"`).join(' ')}); COMP_CWORD=${words.length}; _skiff; printf '%s\\n' "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['-c', `${out}\n${line}`], { encoding: 'utf8', cwd: folder })
      .trim()
      .split('\n')
  }

  it('offers the commands, then their flags, as bash itself reads the script', async () => {
    expect(await offered('s')).toEqual(['status', 'service'])
    expect(await offered('get', '--al')).toEqual(['--all-namespaces'])
    expect(await offered('get', '--st')).toEqual(['--state'])
  })

  it.each(['zsh', 'fish'])('has every command for %s', async shell => {
    const { out } = await skiff(['completion', shell])
    for (const name of ['up', 'down', 'apply', 'events', 'explain']) expect(out).toContain(name)
  })

  it('refuses a shell it does not know', async () => {
    expect(await skiff(['completion', 'tcsh'])).toMatchObject({ code: 2, out: '' })
  })
})

it('version names this package and the Node it runs on', async () => {
  const { version, node } = JSON.parse((await skiff(['version', '--json'])).out)
  expect([version, node]).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+/), process.versions.node])
  expect((await skiff(['version'])).out).toBe(`skiff ${version} (Node ${node})\n`)
})

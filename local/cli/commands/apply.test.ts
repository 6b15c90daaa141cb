import { describe, expect, it } from 'vitest'
import { runCli } from '../cli-under-test.ts'

const cli = runCli()
const map = (name: string, data = 'a: b') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {${data}}\n`
const route = (name: string, more: string) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}}
spec:
  hosts: [shop.example.com]
  http:
${more}`
const dataOf = (name: string) =>
  (cli.store.get({ group: '', kind: 'ConfigMap' }, 'default', name) as { data?: object } | undefined)?.data

describe('apply', () => {
  it('says what became of each object: made, changed, as it was', async () => {
    cli.write('a.yaml', `${map('made')}---\n${map('other')}`)
    expect(await cli.skiff(['apply', '-f', 'a.yaml'])).toEqual({
      ...{ code: 0, out: 'configmap/made created\nconfigmap/other created\n', err: '' },
    })
    cli.write('a.yaml', `${map('made', 'a: c')}---\n${map('other')}`)
    expect((await cli.skiff(['apply', '-f', 'a.yaml'])).out).toBe(
      'configmap/made configured\nconfigmap/other unchanged\n',
    )
    expect(dataOf('made')).toEqual({ a: 'c' })
  })

  it('takes a field away that the file no longer has, and leaves what others wrote', async () => {
    cli.write('fields.yaml', map('fields', 'mine: "1", also: "2"'))
    await cli.skiff(['apply', '-f', 'fields.yaml'])
    const object = cli.client.get({ group: '', kind: 'ConfigMap' }, 'default', 'fields')
    cli.client.update({ ...object, data: { mine: '1', also: '2', theirs: '3' } } as typeof object)
    cli.write('fields.yaml', map('fields', 'mine: "4"'))
    await cli.skiff(['apply', '-f', 'fields.yaml'])
    expect(dataOf('fields')).toEqual({ mine: '4', theirs: '3' })
  })

  it('reads a folder, and standard input beside it', async () => {
    cli.write('folder/one.yaml', map('in-folder'))
    cli.write('folder/notes.txt', 'not YAML: [')
    const { out } = await cli.skiff(['apply', '-f', 'folder', '-'], { input: map('given') })
    expect(out.split('\n').sort()).toEqual(['', 'configmap/given created', 'configmap/in-folder created'])
  })

  it('prints one list with --json', async () => {
    const { out } = await cli.skiff(['apply', '-f', '-', '--json'], { input: map('as-json') })
    expect(JSON.parse(out)).toEqual([{ object: 'configmap/as-json', outcome: 'created' }])
  })

  it('applies the files without a flaw, and refuses each flaw at its line', async () => {
    cli.write('good.yaml', map('good'))
    cli.write(
      'bad.yaml',
      `${map('beside-bad')}---\n${route('bad', '    - match: [{uri: {prefix: /}}]\n      retrys: {}\n')}`,
    )
    const { code, out, err } = await cli.skiff(['apply', '-f', 'good.yaml', 'bad.yaml'])
    expect([code, out]).toEqual([3, 'configmap/good created\n'])
    expect(err).toMatch(/^skiff: refused: bad\.yaml:\d+:\d+: .*retrys/)
    expect(dataOf('beside-bad')).toBeUndefined()
  })

  it('lists all flaws of several files', async () => {
    cli.write('bad-1.yaml', 'kind: [')
    cli.write('bad-2.yaml', 'apiVersion: v1\nkind: Spoon\nmetadata: {name: x}\n')
    const { err } = await cli.skiff(['apply', '-f', 'bad-1.yaml', 'bad-2.yaml'])
    expect(err).toMatch(/^skiff: refused:\nbad-1\.yaml:\d+/)
    expect(err).toMatch(/\nbad-2\.yaml:2:1: .*Spoon/)
  })

  it('says aloud what Istio warns of, with its line, and lets it pass', async () => {
    const shadowed =
      '    - route: [{destination: {host: a}}]\n    - match: [{uri: {exact: /never}}]\n      route: [{destination: {host: b}}]\n'
    cli.write('warned.yaml', route('warned', shadowed))
    const { code, out, err } = await cli.skiff(['apply', '-f', 'warned.yaml'])
    expect([code, out]).toEqual([0, 'virtualservice.networking.istio.io/warned created\n'])
    expect(err).toMatch(/^warning: warned\.yaml:8:7: virtualService rule .* not used/)
  })

  it.each([
    ['no file', ['apply'], 2, "required option '-f, --filename <path...>' not specified"],
    ['a file that is not there', ['apply', '-f', 'nowhere.yaml'], 3, 'nowhere.yaml'],
  ])('refuses %s', async (_, args, code, sentence) => {
    const outcome = await cli.skiff(args)
    expect(outcome.code).toBe(code)
    expect(outcome.err).toContain(sentence)
  })
})

describe('delete', () => {
  it('takes away what files name, last first, and minds nothing that is gone', async () => {
    cli.write('gone.yaml', `${map('first')}---\n${map('last')}`)
    await cli.skiff(['apply', '-f', 'gone.yaml'])
    expect(await cli.skiff(['delete', '-f', 'gone.yaml'])).toMatchObject({
      ...{ code: 0, out: 'configmap "last" deleted\nconfigmap "first" deleted\n' },
    })
    expect(await cli.skiff(['delete', '-f', 'gone.yaml'])).toMatchObject({
      ...{ code: 0, out: 'configmap/last was not there\nconfigmap/first was not there\n' },
    })
    expect(dataOf('first')).toBeUndefined()
  })

  it('takes away what is named, and fails where that is not there', async () => {
    await cli.skiff(['apply', '-f', '-'], { input: `${map('a')}---\n${map('b')}` })
    expect((await cli.skiff(['delete', 'cm', 'a', 'b'])).out).toBe('configmap "a" deleted\nconfigmap "b" deleted\n')
    expect(await cli.skiff(['delete', 'cm', 'a'])).toMatchObject({ code: 1, err: expect.stringContaining('NotFound') })
  })

  it.each([
    ['files and names', ['delete', 'cm', 'a', '-f', 'x.yaml'], 'give files or names, not both'],
    ['nothing named', ['delete'], 'name what to delete'],
    ['a kind without a name', ['delete', 'cm'], 'name what to delete'],
  ])('refuses %s', async (_, args, sentence) => {
    expect(await cli.skiff(args)).toMatchObject({ code: 2, err: expect.stringContaining(sentence) })
  })
})

describe('rules', () => {
  it('puts a rule set of a suite in force', async () => {
    const to = (host: string) => route('canary', `    - route: [{destination: {host: ${host}}}]\n`)
    cli.write('istio/shop/rules/to-a.yaml', to('a'))
    cli.write('istio/shop/rules/to-b.yaml', to('b'))
    expect((await cli.skiff(['rules', 'shop', 'to-a'])).out).toContain(
      'virtualservice.networking.istio.io/canary created',
    )
    expect((await cli.skiff(['rules', 'shop', 'to-b'])).out).toContain('canary configured')
    expect(cli.store.get({ group: 'networking.istio.io', kind: 'VirtualService' }, 'default', 'canary')).toMatchObject({
      spec: { http: [{ route: [{ destination: { host: 'b' } }] }] },
    })
  })

  it.each([
    [['rules'], 'which suite? shop'],
    [['rules', 'shop'], 'which rule set of shop? to-a, to-b'],
    [['rules', 'shop', '../to-a'], 'there is no "../to-a"'],
  ])('%j lists what there is', async (args, sentence) => {
    expect(await cli.skiff(args)).toMatchObject({ code: 2, err: expect.stringContaining(sentence) })
  })
})

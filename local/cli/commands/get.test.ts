import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { runCli } from '../cli-under-test.ts'

const cli = runCli()
const map = (name: string, labels = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  labels: {${labels}}\ndata: {a: b}\n`

/** Objects of two namespaces; the tests of this file read them alone. */
async function objects(): Promise<void> {
  if (cli.store.list({ group: '', kind: 'ConfigMap' }, { namespace: 'shop' }).length > 0) return
  const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n'
  const far = map('far').replace('name: far', 'name: far\n  namespace: shop')
  const input = [namespace, map('one', 'tier: front'), map('two', 'tier: back'), far].join('---\n')
  expect(await cli.skiff(['apply', '-f', '-'], { input })).toMatchObject({ code: 0, err: '' })
}

describe('get', () => {
  it.each([
    ['a kind of one namespace', ['get', 'cm'], ['one', 'two']],
    ['one by its labels', ['get', 'cm', '-l', 'tier=front'], ['one']],
    ['several by name, in the order asked', ['get', 'cm', 'two', 'one'], ['two', 'one']],
    ['one by kind and name', ['get', 'configmap/one'], ['one']],
    ['those of another namespace', ['get', 'configmaps', '-n', 'shop'], ['far']],
  ])('shows %s', async (_, args, names) => {
    await objects()
    const { code, out } = await cli.skiff(args)
    const [head, ...lines] = out.trimEnd().split('\n')
    expect([code, head]).toEqual([0, 'NAME   DATA   AGE'])
    expect(lines.map(line => line.split(/ +/)[0])).toEqual(names)
  })

  it('shows every namespace with its name', async () => {
    await objects()
    const { out } = await cli.skiff(['get', 'cm', '-A'])
    expect(out).toMatch(/^NAMESPACE +NAME +DATA +AGE\n/)
    expect(out).toMatch(/^default +one +1 +\d+s$/m)
    expect(out).toMatch(/^shop +far +1 +\d+s$/m)
  })

  it('names the kind where it shows several', async () => {
    await objects()
    const { out } = await cli.skiff(['get', 'namespaces,cm', '-o', 'name', '-n', 'shop'])
    expect(out.split('\n')).toContain('namespace/shop')
    expect(out.split('\n')).toContain('configmap/far')
  })

  it('gives one object asked for by name, and a list otherwise, in both formats', async () => {
    await objects()
    const one = parse((await cli.skiff(['get', 'cm', 'one', '-o', 'yaml'])).out)
    expect(one).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'one' }, data: { a: 'b' } })
    const list = JSON.parse((await cli.skiff(['get', 'cm', '-o', 'json'])).out)
    expect(list).toMatchObject({ kind: 'List', items: [{ kind: 'ConfigMap', apiVersion: 'v1' }, {}] })
    expect(JSON.parse((await cli.skiff(['get', 'cm', 'one', '--json'])).out)).toMatchObject({ kind: 'ConfigMap' })
  })

  it('says when there is nothing: to people alone, and where it looked', async () => {
    const nobody = 'No resources found in default namespace.\n'
    expect(await cli.skiff(['get', 'vs'])).toEqual({ code: 0, out: '', err: nobody })
    expect(await cli.skiff(['get', 'vs', '-A'])).toMatchObject({ err: 'No resources found.\n' })
    expect(JSON.parse((await cli.skiff(['get', 'vs', '--json'])).out)).toMatchObject({ items: [] })
  })

  it.each([
    ['a kind there is none of', ['get', 'spoons'], 2, 'the API has no kind "spoons"'],
    ['a name in all namespaces', ['get', 'cm', 'one', '-A'], 2, 'by name in all namespaces; give -n'],
    ['a format it has not', ['get', 'cm', '-o', 'xml'], 2, 'Allowed choices are yaml, json, name, wide'],
    ['an object that is not there', ['get', 'cm', 'none'], 1, '(NotFound): configmaps "none" not found'],
  ])('refuses %s', async (_, args, code, sentence) => {
    const outcome = await cli.skiff(args)
    expect(outcome).toMatchObject({ code, out: '' })
    expect(outcome.err).toContain(sentence)
  })

  it('looks nowhere without a runtime', async () => {
    const { code, err } = await cli.skiff(['get', 'cm', '--state', 'elsewhere'])
    expect([code, err]).toEqual([4, expect.stringContaining('start one with: skiff up')])
  })
})

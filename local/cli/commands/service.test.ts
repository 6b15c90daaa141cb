import { describe, expect, it } from 'vitest'
import type { Service } from '../../api/serving/types.ts'
import { runCli } from '../cli-under-test.ts'

const cli = runCli()
const serviceOf = (name: string, namespace = 'default') =>
  cli.store.get<Service>({ group: 'serving.knative.dev', kind: 'Service' }, namespace, name)
const shares = (name: string) =>
  Object.fromEntries((serviceOf(name)?.status?.traffic ?? []).map(one => [one.revisionName, one.percent ?? 0]))
const deploy = (name: string, ...more: string[]) =>
  cli.skiff(['service', 'deploy', 'dev.local/shop/cart', '--name', name, ...more])

describe('service deploy', () => {
  it('makes a service of an image, waits until it is Ready, and says where it is', async () => {
    const { code, out } = await cli.skiff([
      'service',
      'deploy',
      'dev.local/shop/cart:1',
      '--env',
      'A=1',
      '--env',
      'B=x=y',
    ])
    expect(code).toBe(0)
    expect(out).toMatch(
      /^Service 'cart' created to latest revision 'cart-00001' is available at URL:\nhttp:\/\/cart\.default/,
    )
    expect(out).toContain('skiff service traffic cart -n default cart-00001=90 @latest=10')
    expect(serviceOf('cart')?.spec.template.spec.containers[0]?.env).toEqual([
      { name: 'A', value: '1' },
      { name: 'B', value: 'x=y' },
    ])
  })

  it('makes a new revision each time, which gets everything unless told otherwise', async () => {
    await deploy('often')
    expect((await deploy('often')).out).toContain("updated to latest revision 'often-00002'")
    expect(shares('often')).toEqual({ 'often-00002': 100 })
    await deploy('often', '--percent', '10', '--tag', 'next')
    expect(shares('often')).toEqual({ 'often-00002': 90, 'often-00003': 10 })
    expect(serviceOf('often')?.status?.traffic?.find(one => one.tag === 'next')?.url).toContain('next-often')
  })

  it('gives the first revision everything, whatever share was asked for', async () => {
    await deploy('first', '--percent', '10')
    expect(shares('first')).toEqual({ 'first-00001': 100 })
  })

  it.each([
    ['a share above 100', ['--percent', '101'], 'whole number from 0 to 100'],
    ['a variable without a value', ['--env', 'A'], '--env'],
  ])('refuses %s', async (_, flags, sentence) => {
    expect(await deploy('refused', ...flags)).toMatchObject({ code: 2, err: expect.stringContaining(sentence) })
    expect(serviceOf('refused')).toBeUndefined()
  })

  it('takes a file with one Service, in the namespace it names', async () => {
    await cli.skiff(['apply', '-f', '-'], { input: 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n' })
    cli.write(
      'till.yaml',
      'apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: till, namespace: shop}\nspec: {template: {spec: {containers: [{image: dev.local/shop/till}]}}}\n',
    )
    expect(await cli.skiff(['service', 'deploy', 'till.yaml'])).toMatchObject({ code: 0 })
    expect(serviceOf('till', 'shop')?.status?.latestReadyRevisionName).toBe('till-00001')
  })
})

describe('service traffic', () => {
  async function twoRevisions(name: string): Promise<void> {
    await deploy(name)
    await deploy(name)
  }

  it('moves shares between revisions, and back in one command', async () => {
    await twoRevisions('moved')
    const { code, out } = await cli.skiff(['service', 'traffic', 'moved', 'moved-00001=70'])
    expect(code).toBe(0)
    expect(out).toMatch(/moved-00001=70%/)
    expect(shares('moved')).toEqual({ 'moved-00001': 70, 'moved-00002': 30 })
    await cli.skiff(['service', 'traffic', 'moved', '@latest=100'])
    expect(shares('moved')['moved-00002']).toBe(100)
    await cli.skiff(['service', 'traffic', 'moved', '--rollback'])
    expect(shares('moved')['moved-00001']).toBe(100)
  })

  it('gives tags and takes them away', async () => {
    await twoRevisions('tagged')
    await cli.skiff(['service', 'traffic', 'tagged', '--tag', 'tagged-00001=old'])
    expect(serviceOf('tagged')?.status?.traffic?.find(one => one.tag === 'old')?.revisionName).toBe('tagged-00001')
    await cli.skiff(['service', 'traffic', 'tagged', '--untag', 'old'])
    expect(serviceOf('tagged')?.status?.traffic?.some(one => one.tag)).toBe(false)
  })

  it.each([
    ['a share without a revision', ['50'], 'write REVISION=PERCENT'],
    ['a revision that is not there', ['nobody=50'], 'nobody'],
    ['more than everything', ['shared-00001=60', 'shared-00002=60'], '120'],
    ['a tag that is not there', ['--untag', 'none'], 'none'],
  ])('refuses %s', async (_, flags, sentence) => {
    if (!serviceOf('shared')) await twoRevisions('shared')
    const before = shares('shared')
    const outcome = await cli.skiff(['service', 'traffic', 'shared', ...flags])
    expect(outcome).toMatchObject({ code: 2, out: '' })
    expect(outcome.err).toContain(sentence)
    expect(shares('shared')).toEqual(before)
  })
})

describe('service list, describe and delete', () => {
  it('show services with who gets their traffic', async () => {
    await deploy('listed')
    const { out } = await cli.skiff(['service', 'list'])
    expect(out).toMatch(/^NAME +URL +LATEST +TRAFFIC +AGE +READY +REASON\n/)
    expect(out).toMatch(/^listed +http:\/\/listed\.default\S* +listed-00001 +listed-00001=100% +\d+s +True/m)
    expect((await cli.skiff(['service', 'list', '-A'])).out).toMatch(/^NAMESPACE +NAME/)
  })

  it('show one with its revisions and conditions', async () => {
    await deploy('shown')
    const { out } = await cli.skiff(['service', 'describe', 'shown'])
    expect(out).toMatch(/^Name: +shown\nNamespace: +default\n/)
    expect(out).toMatch(/^shown-00001 +100% +.*True/m)
    expect(out).toMatch(/^RoutesReady +True/m)
    const { service, revisions } = JSON.parse((await cli.skiff(['service', 'describe', 'shown', '--json'])).out)
    expect([service.metadata.name, revisions.length]).toEqual(['shown', 1])
  })

  it('take services away with all they own', async () => {
    await deploy('leaving')
    expect(await cli.skiff(['service', 'delete', 'leaving'])).toMatchObject({ out: 'service "leaving" deleted\n' })
    expect(
      cli.store.get({ group: 'serving.knative.dev', kind: 'Revision' }, 'default', 'leaving-00001'),
    ).toBeUndefined()
    expect(await cli.skiff(['service', 'delete', 'leaving'])).toMatchObject({ code: 1 })
  })
})

// `skiff rules` against a real runtime of a project of its own.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { helloProject, startWorld, type World } from '../load/world.ts'
import { get, skiff } from './acceptance/skiff.ts'

interface VirtualService {
  spec: { http: { directResponse: { status: number } }[] }
}

const rule = (status: number) =>
  JSON.stringify({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'shop', namespace: 'default' },
    spec: {
      hosts: ['shop.localhost'],
      gateways: ['knative-serving/knative-ingress-gateway'],
      http: [{ directResponse: { status } }],
    },
  })

let world: World
let project: string
beforeAll(async () => {
  project = helloProject(1)
  const files = { open: rule(200), closed: rule(503), broken: '{ "kind": "VirtualService" }' }
  for (const [name, text] of Object.entries(files)) {
    const file = join(project, `istio/shop/rules/${name}.yaml`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  world = await startWorld({ project })
})
afterAll(() => world?.stop())

const rules = (...words: string[]) => skiff(world.stateDir, ['rules', ...words], { cwd: project })
const statusOf = async () => {
  const { spec } = await get<VirtualService>(world.stateDir, 'virtualservice', 'shop')
  return spec.http[0]?.directResponse.status
}

describe('skiff rules', () => {
  it('puts no rule set in force by itself', async () => {
    await expect(statusOf()).rejects.toThrow(/not found/)
  })

  it('puts one in force, and another in its place', async () => {
    expect(await rules('shop', 'open')).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('/shop created'),
    })
    expect(await statusOf()).toBe(200)
    expect((await rules('shop', 'closed')).out).toContain('/shop configured')
    expect(await statusOf()).toBe(503)
    expect((await rules('shop', 'closed')).out).toContain('/shop unchanged')
  })

  it('says as JSON what it did', async () => {
    const { code, out } = await rules('shop', 'open', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual([{ object: expect.stringContaining('/shop'), outcome: 'configured' }])
  })

  it('leaves the rules as they are when the file has a flaw', async () => {
    const { code, err } = await rules('shop', 'broken')
    expect(code).toBe(3)
    expect(err).toContain('istio/shop/rules/broken.yaml')
    expect(await statusOf()).toBe(200)
  })

  it.each([
    [[], 'which suite? shop'],
    [['shop'], 'which rule set of shop? broken, closed, open'],
    [['shop', 'ajar'], 'there is no "ajar"'],
  ])('%j is wrong usage, and lists what there is', async (words, sentence) => {
    const { code, err } = await rules(...words)
    expect(code).toBe(2)
    expect(err).toContain(sentence)
  })
})

// Rollouts of the relay as they are done by hand on Knative, under requests: none may fail.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { projectDir, startWorld, type World } from '../../load/world.ts'
import { many, tally } from './many.ts'
import { relayWorld, succeed, type Told } from './relay-world.ts'
import { eventually, get, skiff } from './skiff.ts'

interface Document {
  metadata: { name: string; generation?: number; uid?: string }
  spec: {
    template: { metadata: { name: string }; spec: { containers: { env: { name: string; value: string }[] }[] } }
    traffic: Target[]
  }
}

interface Target {
  revisionName: string
  tag: string
  percent: number
}

let world: World
let folder: string
const relay = relayWorld(() => world)
const apply = (path: string) => succeed(skiff(world.stateDir, ['apply', '-f', path]))
const documentOf = (file: string) => parse(readFileSync(file, 'utf8')) as Document
const list = async <T>(kind: string) => (await get<{ items: T[] }>(world.stateDir, kind, '-n', 'relay')).items
const revisions = async () =>
  (await list<Document>('revision')).map(({ metadata }) => `${metadata.name} ${metadata.generation} ${metadata.uid}`)
const traffic = async () =>
  (await get<Document>(world.stateDir, 'route', 'middleware', '-n', 'relay')).spec.traffic.map(
    ({ tag, percent }) => [tag, percent] as const,
  )

/** What answers while something is done: requests one after another in parallel, until it is done. */
async function meanwhile(act: () => Promise<unknown>, headers = {}): Promise<Told[]> {
  const answers: Told[] = []
  let over = false
  const asking = async () => {
    while (!over) answers.push(...(await many(25, () => relay.tell(headers))))
  }
  const acting = act().finally(() => {
    over = true
  })
  await Promise.all([acting, asking()])
  return answers
}

const failed = (answers: Told[]) => answers.filter(({ status }) => status !== 200)

beforeAll(async () => {
  world = await startWorld()
  folder = mkdtempSync(join(tmpdir(), 'skiff-rollout-'))
  cpSync(join(projectDir, 'knative/relay/middleware'), folder, { recursive: true })
})
afterAll(async () => {
  await world?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('several revisions of one service', () => {
  it('KNI-13 are the same after they are deployed again', async () => {
    const before = await revisions()
    await apply(join(projectDir, 'knative/relay'))
    await apply(join(projectDir, 'knative/relay'))
    expect(await revisions()).toEqual(before)
  })

  it('KNI-14 get a fourth, which takes its share when it is ready, and no request fails', {
    timeout: 60_000,
  }, async () => {
    const next = documentOf(join(folder, '3-dev.yaml'))
    next.spec.template.metadata.name = 'middleware-next'
    for (const { env } of next.spec.template.spec.containers) {
      for (const one of env) if (one.name === 'SERVICE_NAME') one.value = 'next-svc'
    }
    const split = [...next.spec.traffic.filter(({ tag }) => tag !== 'canary')]
    split.push({ revisionName: 'middleware-next', tag: 'next', percent: 20 })
    split.push({ revisionName: 'middleware-canary', tag: 'canary', percent: 0 })
    for (const file of ['1-prod.yaml', '2-canary.yaml', '3-dev.yaml']) {
      const document = documentOf(join(folder, file))
      writeFileSync(join(folder, file), stringify({ ...document, spec: { ...document.spec, traffic: split } }))
    }
    writeFileSync(
      join(folder, '4-next.yaml'),
      stringify({ ...next, spec: { ...next.spec, traffic: split } }, { aliasDuplicateObjects: false }),
    )
    expect(failed(await meanwhile(() => apply(folder)))).toEqual([])
    const seen = tally((await many(200, () => relay.tell())).map(({ middle }) => middle))
    expect(Object.keys(seen).toSorted()).toEqual(['next-svc', 'prod-svc-python'])
  })

  it('KNI-14 never give traffic to one that does not start', { timeout: 60_000 }, async () => {
    const broken = documentOf(join(folder, '4-next.yaml'))
    broken.spec.template.metadata.name = 'middleware-broken'
    const [container] = broken.spec.template.spec.containers
    Object.assign(container ?? {}, { image: 'dev.local/relay/nothing' })
    broken.spec.traffic = broken.spec.traffic.map(target =>
      target.tag === 'next' ? { ...target, revisionName: 'middleware-broken' } : target,
    )
    writeFileSync(join(folder, '5-broken.yaml'), stringify(broken))
    const answers = await meanwhile(async () => {
      const { code, err } = await skiff(world.stateDir, ['apply', '-f', join(folder, '5-broken.yaml')])
      expect(code).not.toBe(0)
      expect(err).toMatch(/5-broken\.yaml.*dev\.local\/relay\/nothing/s)
    })
    answers.push(...(await many(100, () => relay.tell())))
    expect(failed(answers)).toEqual([])
    await apply(join(folder, '4-next.yaml'))
  })
})

describe('a canary by hand', () => {
  it.each([
    ['takes half', 50, ['canary-svc-golang', 'prod-svc-python']],
    ['is promoted', 100, ['canary-svc-golang']],
    ['is called off', 0, ['prod-svc-python']],
  ])(
    'KNI-15 %s: traffic follows, tags stay, and no request fails',
    { timeout: 60_000 },
    async (_step, canary, names) => {
      const answers = await meanwhile(() => relay.split({ prod: 100 - canary, canary }))
      expect(failed(answers)).toEqual([])
      const seen = await eventually(
        async () => Object.keys(tally((await many(100, () => relay.tell())).map(({ middle }) => middle))).toSorted(),
        found => found.join() === names.join(),
        5,
      )
      expect(seen).toEqual(names)
      expect(await traffic()).toEqual([
        ['prod', 100 - canary],
        ['canary', canary],
        ['dev', 0],
      ])
      expect((await relay.tell({ 'x-dev-user': 'betaUser' })).middle).toBe('dev-svc-node')
    },
  )
})

describe('instances that end', () => {
  it('KNI-18 finish what they began: pods deleted one after another, and no request fails', {
    timeout: 60_000,
  }, async () => {
    interface Pod {
      metadata: { name: string }
    }
    const answers = await meanwhile(async () => {
      for (let round = 0; round < 3; round++) {
        for (const { metadata } of await list<Pod>('pod')) {
          await succeed(skiff(world.stateDir, ['delete', 'pod', metadata.name, '-n', 'relay']))
        }
      }
    })
    expect(failed(answers)).toEqual([])
    expect(answers.length).toBeGreaterThan(100)
  })
})

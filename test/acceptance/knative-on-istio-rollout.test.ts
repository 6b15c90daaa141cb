// Rollouts of the relay as they are done by hand on Knative, under requests: none may fail.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { projectDir } from '../../load/world.ts'
import { many, tally } from './many.ts'
import { type Plane, startPlane } from './plane.ts'
import { relayWorld, type Told } from './relay-world.ts'
import { eventually } from './skiff.ts'
import { lasting } from './target.ts'

interface Document {
  metadata: { name: string; generation?: number; uid?: string }
  spec: {
    template: { metadata: { name: string }; spec: { containers: Container[] } }
    traffic: Target[]
  }
  status?: { conditions?: { type: string; status: string }[] }
}

interface Container {
  image: string
  env: { name: string; value: string }[]
}

interface Target {
  revisionName: string
  tag: string
  percent: number
}

let plane: Plane
const relay = relayWorld(() => plane)
const list = async <T>(kind: string) => (await plane.get<{ items: T[] }>(kind, '-n', 'relay')).items
const revisions = async () =>
  (await list<Document>('revision')).map(({ metadata }) => `${metadata.name} ${metadata.generation} ${metadata.uid}`)
const traffic = async () =>
  (await plane.get<Document>('route', 'middleware', '-n', 'relay')).spec.traffic.map(
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
  plane = await startPlane('relay')
})
afterAll(() => plane?.stop())

/** The document that follows the three of the middleware: another revision, which takes the canary's share. */
function fourth(revisionName: string, image: string): Document {
  const next = parse(readFileSync(join(projectDir, 'knative/relay/middleware/3-dev.yaml'), 'utf8')) as Document
  const { template, traffic } = next.spec
  template.metadata.name = revisionName
  for (const container of template.spec.containers) {
    container.image = image
    for (const one of container.env) if (one.name === 'SERVICE_NAME') one.value = 'next-svc'
  }
  for (const target of traffic) if (target.tag === 'canary') target.percent = 0
  traffic.push({ revisionName, tag: 'next', percent: 20 })
  return next
}

const readiness = ({ status }: Document) => status?.conditions?.find(({ type }) => type === 'Ready')
/** Which middlewares take part in so many answers. */
const middles = async (count: number) =>
  Object.keys(tally((await many(count, () => relay.tell())).map(({ middle }) => middle))).toSorted()

describe('several revisions of one service', () => {
  it('KNI-13 are the same after they are deployed again', async () => {
    const before = await revisions()
    await plane.deploy('relay')
    await plane.deploy('relay')
    expect(await revisions()).toEqual(before)
  })

  it('KNI-14 get a fourth, which takes its share when it is ready, and no request fails', lasting(60), async () => {
    const answers = await meanwhile(async () => {
      await plane.apply(fourth('middleware-next', 'dev.local/relay/middleware'))
      await eventually(
        () => middles(100),
        seen => seen.includes('next-svc') && !seen.includes('canary-svc-golang'),
      )
    })
    expect(failed(answers)).toEqual([])
    expect(await middles(200)).toEqual(['next-svc', 'prod-svc-python'])
  })

  it('KNI-14 never give traffic to one that does not start', lasting(60), async () => {
    const answers = await meanwhile(async () => {
      await plane.apply(fourth('middleware-broken', 'dev.local/relay/nothing')).catch(() => {})
      const { status } = await eventually(
        () => plane.get<Document>('revision', 'middleware-broken', '-n', 'relay'),
        one => readiness(one)?.status === 'False',
      )
      expect(JSON.stringify(status)).toContain('dev.local/relay/nothing')
    })
    answers.push(...(await many(100, () => relay.tell())))
    expect(failed(answers)).toEqual([])
    await plane.apply(fourth('middleware-next', 'dev.local/relay/middleware'))
  })
})

describe('a canary by hand', () => {
  it.each([
    ['takes half', 50, ['canary-svc-golang', 'prod-svc-python']],
    ['is promoted', 100, ['canary-svc-golang']],
    ['is called off', 0, ['prod-svc-python']],
  ])('KNI-15 %s: traffic follows, tags stay, and no request fails', lasting(60), async (_step, canary, names) => {
    const answers = await meanwhile(() => relay.split({ prod: 100 - canary, canary }))
    expect(failed(answers)).toEqual([])
    const seen = await eventually(
      () => middles(100),
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
  })
})

describe('instances that end', () => {
  it('KNI-18 finish what they began: pods deleted one after another, and no request fails', lasting(60), async () => {
    interface Pod {
      metadata: { name: string }
    }
    const answers = await meanwhile(async () => {
      for (let round = 0; round < 3; round++) {
        for (const { metadata } of await list<Pod>('pod')) {
          await plane.remove('pod', metadata.name, '-n', 'relay')
        }
      }
    })
    expect(failed(answers)).toEqual([])
    expect(answers.length).toBeGreaterThan(100)
  })
})

// The workshop's files, one after another, twice each; and its canary, moved by hand under the load it is judged by.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MeshCall } from '../../load/mesh-client.ts'
import { projectDir } from '../../load/world.ts'
import { bookinfoWorld } from './bookinfo-world.ts'
import { many, tally } from './many.ts'
import { type Plane, startPlane } from './plane.ts'
import { eventually } from './skiff.ts'

const rules = 'istio/bookinfo/rules'
const exercises = 'knative/bookinfo/exercises'

let plane: Plane
let mesh: MeshCall
const shop = bookinfoWorld(() => plane)
const revisions = async () => tally((await many(50, () => shop.page())).map(({ reviews }) => reviews ?? 'none'))

beforeAll(async () => {
  plane = await startPlane('bookinfo')
  mesh = await plane.caller('bookinfo')
})
afterAll(() => plane?.stop())

describe('BKI-43 a file of the workshop', () => {
  const files = readdirSync(join(projectDir, rules))
  it.each(files)('%s changes nothing when it is applied again', async name => {
    await plane.apply(`${rules}/${name}`)
    const again = (await plane.apply(`${rules}/${name}`)).trim().split('\n')
    expect(again.filter(line => !line.endsWith(' unchanged'))).toEqual([])
    await plane.remove(`${rules}/${name}`)
  })
})

describe('BKI-43 the exercise with the canary', () => {
  it('bookinfo: starts with v1 alone, and again when it is applied again', async () => {
    for (let turn = 0; turn < 2; turn++) {
      await plane.apply(`${exercises}/bookinfo.yaml`)
      expect(await revisions()).toEqual({ 'reviews-v1': 50 })
    }
    expect((await mesh('http://v2-reviews.bookinfo/reviews/0')).status).toBe(404)
  })

  it('loadtester: asks twice ten times a second while the command says so, and tells what came of it', async () => {
    await plane.apply(`${exercises}/loadtester.yaml`)
    const cmd = 'hey -z 2s -q 10 -c 2 http://reviews-mesh.bookinfo/reviews/0'
    const payload = { name: 'reviews', namespace: 'bookinfo', phase: 'Progressing', metadata: { type: 'cmd', cmd } }
    const body = JSON.stringify(payload)
    await eventually(
      () => mesh('http://loadtester.bookinfo/', { method: 'POST', body }),
      ({ status }) => status === 202,
    )
    const text = await eventually(
      () => plane.logs('loadtester', 'bookinfo'),
      logs => logs.includes('load ended'),
    )
    const told = JSON.parse(text.split('\n').find(line => line.includes('load ended')) ?? '{}') as Told
    expect(told).toMatchObject({ command: cmd })
    expect(Object.keys(told.statuses)).toEqual(['200'])
    // Forty, less those that a busy machine was late for.
    expect(told.requests).toBeGreaterThan(10)
    expect(told.requests).toBeLessThanOrEqual(40)
  })

  it('reviews-v2: arrives without traffic, at its tag', async () => {
    await plane.apply(`${exercises}/reviews-v2.yaml`)
    expect(await revisions()).toEqual({ 'reviews-v1': 50 })
    const answer = await mesh('http://v2-reviews.bookinfo/reviews/0')
    expect([answer.status, answer.headers['x-revision']]).toEqual([200, 'reviews-v2'])
  })

  it('reviews-v3: finds v2 promoted', async () => {
    await plane.apply(`${exercises}/reviews-v3.yaml`)
    await eventually(revisions, seen => seen['reviews-v2'] === 50)
    expect((await mesh('http://v3-reviews.bookinfo/reviews/0')).headers['x-revision']).toBe('reviews-v3')
  })
})

interface Told {
  command: string
  requests: number
  statuses: Record<string, number>
}

// What becomes of a request: limits of time, instances that die or never come, rollouts under load.
import { request } from 'node:http'
import { afterAll, beforeAll, expect } from 'vitest'
import { onlyLocal } from './only-local.ts'
import {
  conditionOf,
  crashing,
  ksvc,
  makeService,
  makeTemplate,
  podsOf,
  revision,
  type ServingWorld,
  servingWorld,
  tally,
} from './serving-world.ts'
import { eventually } from './skiff.ts'

const { describe, it } = onlyLocal(
  'it counts on the ticks of the runtime’s autoscaler, and on programs of this machine',
)

let world: ServingWorld

beforeAll(async () => {
  world = await servingWorld({
    'config-autoscaler': { 'allow-zero-initial-scale': 'true', 'tick-interval': '200ms' },
  })
})
afterAll(() => world?.stop())

const host = (name: string) => `${name}.default.localhost`
const pods = async (service: string) => (await world.get(podsOf(service))).items?.map(one => one.metadata.name) ?? []

describe('limits of time', () => {
  it('timeoutSeconds: a request that takes longer is answered 504, the instance goes on', async () => {
    await world.service('slow', { spec: { timeoutSeconds: 1 } })
    const { instance } = await world.seen(host('slow'))
    expect(await world.at(host('slow'), '/?ms=3000')).toMatchObject({ status: 504, body: 'request timeout' })
    expect((await world.seen(host('slow'))).instance).toBe(instance)
  })

  it('responseStartTimeoutSeconds: an answer that does not begin is given up before the whole time is over', async () => {
    await world.service('late', { spec: { timeoutSeconds: 30, responseStartTimeoutSeconds: 1 } })
    const startedAt = Date.now()
    expect((await world.at(host('late'), '/?ms=8000')).status).toBe(504)
    expect(Date.now() - startedAt).toBeLessThan(7_000)
  })

  it('idleTimeoutSeconds: an answer that stops in the middle is cut, never completed', async () => {
    await world.service('stall', { spec: { timeoutSeconds: 30, idleTimeoutSeconds: 1 } })
    expect(await streamed(host('stall'), '/stall')).toEqual({ text: 'begun', complete: false })
  })

  it('a request that waits for a place waits no longer than its revision allows', async () => {
    await world.service('queue', {
      annotations: { 'max-scale': '1' },
      spec: { containerConcurrency: 1, timeoutSeconds: 1 },
    })
    const answers = await Promise.all(Array.from({ length: 6 }, () => world.at(host('queue'), '/?ms=700')))
    const statuses = tally(answers.map(one => String(one.status)))
    expect(Object.keys(statuses).sort()).toEqual(['200', '504'])
  })
})

describe('instances that never come', () => {
  it('a revision at zero that crashes: its first request is answered 503 with the reason', async () => {
    const annotations = { 'initial-scale': '0' }
    await world.service('broken', { annotations, container: crashing })
    const { status, body } = await world.at(host('broken'))
    expect([status, body]).toEqual([503, 'ExitCode3: boom\n'])
  })

  it('a program that never listens: ProgressDeadlineExceeded, and no traffic', async () => {
    const annotations = { 'serving.knative.dev/progress-deadline': '2s' }
    await world.create(makeService('silent', { annotations, container: { image: 'test/silent' } }))
    const failed = await eventually(
      () => world.get(revision('silent-00001')),
      one => conditionOf(one)?.status === 'False',
    )
    const message = 'Initial scale was never achieved'
    expect(conditionOf(failed)).toMatchObject({ reason: 'ProgressDeadlineExceeded', message })
    expect((await world.at(host('silent'))).status).toBe(404)
  })
})

describe('under load', () => {
  /** Requests without pause from `clients` while `work` goes on; answers by status and version. */
  async function during(name: string, clients: number, work: () => Promise<unknown>): Promise<Record<string, number>> {
    const seen: string[] = []
    let over = false
    const client = async () => {
      while (!over) {
        const { status, body } = await world.at(host(name), '/?ms=20')
        seen.push(status === 200 ? (JSON.parse(body) as { version: string }).version : `${status}: ${body}`)
      }
    }
    const all = Array.from({ length: clients }, client)
    await work().finally(() => {
      over = true
    })
    await Promise.all(all)
    return tally(seen)
  }

  it('KNI-14 three rollouts: no request fails, and each version is seen', async () => {
    await world.service('roll', { version: 'v1', annotations: { 'min-scale': '1' } })
    const seen = await during('roll', 8, async () => {
      for (const version of ['v2', 'v3', 'v4']) {
        const template = makeTemplate({ version, annotations: { 'min-scale': '1' } })
        await world.patch(ksvc('roll'), { spec: { template } })
        await world.ready('roll')
        await eventually(
          () => world.seen(host('roll')),
          one => one.version === version,
        )
      }
    })
    expect(Object.keys(seen).sort()).toEqual(['v1', 'v2', 'v3', 'v4'])
  })

  it('KNI-18 pods deleted one after another: no request fails, and each is replaced', async () => {
    await world.service('steady', { version: 'v1', annotations: { 'min-scale': '2' } })
    const first = await pods('steady')
    const seen = await during('steady', 8, async () => {
      for (const pod of first) {
        await world.remove(`/api/v1/namespaces/default/pods/${pod}`)
        await eventually(
          () => pods('steady'),
          names => names.length >= 2 && !names.includes(pod),
        )
      }
    })
    expect(Object.keys(seen)).toEqual(['v1'])
    expect((await pods('steady')).some(pod => first.includes(pod))).toBe(false)
  })

  it('an instance that dies with a request: it is told, and the next request is served', async () => {
    await world.service('mortal', { version: 'v1' })
    const { instance } = await world.seen(host('mortal'))
    expect((await world.at(host('mortal'), '/die', { method: 'POST' })).status).toBeGreaterThanOrEqual(500)
    const next = await world.seen(host('mortal'))
    expect([next.version, next.instance === instance]).toEqual(['v1', false])
    const [pod] = (await world.get(podsOf('mortal'))).items ?? []
    const statuses = pod?.status?.containerStatuses as { restartCount: number }[]
    expect(statuses[0]?.restartCount).toBeGreaterThanOrEqual(1)
  })
})

/** What came of a streamed answer until it ended, and whether it ended properly. */
function streamed(name: string, path: string): Promise<{ text: string; complete: boolean }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: world.port, path, agent: false, headers: { host: name } },
      answer => {
        let text = ''
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        answer.once('error', () => {})
        answer.once('close', () => resolve({ text, complete: answer.complete }))
      },
    )
    sent.once('error', reject).end()
  })
}

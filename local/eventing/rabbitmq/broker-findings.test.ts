import { describe, expect, it } from 'vitest'
import type { Broker } from '../../api/eventing/types.ts'
import { FakeClock } from '../../kernel/clock.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { conditions, findingsOf, type Standing } from './broker-findings.ts'

const ref = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'sink', namespace: 'app' }
const broker = (sink?: object): Broker => ({
  ...{ apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', metadata: { name: 'default', namespace: 'app' } },
  spec: sink ? { delivery: { deadLetterSink: sink } } : {},
})

function storeWith(...services: string[]): ObjectStore {
  const store = new ObjectStore({ clock: new FakeClock(), random: seededRandom(1) })
  for (const name of services) {
    const status = { address: { url: `http://${name}.app.svc.cluster.local` } }
    const apiVersion = 'serving.knative.dev/v1'
    store.create({ apiVersion, kind: 'Service', metadata: { name, namespace: 'app' }, spec: {}, status } as KubeObject)
  }
  return store
}

const standing = (state: Extract<Standing, { server: string }>['state'], refusal?: string): Standing => ({
  ...{ server: 'mq:5672', state, refusal },
})
const up = standing({ up: true })

describe('a broker of the class', () => {
  it('says something of each condition of the class once its server is known', () => {
    expect(Object.keys(findingsOf(broker(), storeWith(), up)).sort()).toEqual([...conditions].sort())
  })

  it.each<[string, Standing, string, string | undefined, RegExp | undefined]>([
    ['stands', up, 'True', undefined, undefined],
    ['is refused', standing({ up: true }, 'no vhost'), 'False', 'ExchangeFailure', /mq:5672 refuses it: no vhost/],
    [
      'is away',
      standing({ up: false, why: 'ECONNREFUSED' }),
      'False',
      'ExchangeFailure',
      /cannot be used: ECONNREFUSED/,
    ],
    ['is being connected to', standing({ up: false, why: undefined }), 'Unknown', 'Connecting', /mq:5672/],
    ['has no server', { error: 'x not found' }, 'False', 'ExchangeCredentialsUnavailable', /exchange: x not found/],
  ])('whose exchange %s says so', (_what, given, status, reason, message) => {
    const { ExchangeReady } = findingsOf(broker(), storeWith(), given)
    expect([ExchangeReady?.status, ExchangeReady?.reason]).toEqual([status, reason])
    if (message) expect(ExchangeReady?.message).toMatch(message)
  })

  it('is not kept from being ready by a dead-letter sink that it does not have', () => {
    const { DLXReady, DeadLetterSinkReady } = findingsOf(broker(), storeWith(), up)
    expect([DLXReady, DeadLetterSinkReady]).toEqual(
      Array(2).fill(expect.objectContaining({ status: 'True', reason: 'DeadLetterSinkNotConfigured' })),
    )
  })

  it('finds its dead-letter sink, or says that it is not there', () => {
    expect(findingsOf(broker({ ref }), storeWith('sink'), up).DeadLetterSinkReady).toEqual({ status: 'True' })
    expect(findingsOf(broker({ uri: 'http://dead.example/' }), storeWith(), up).DeadLetterSinkReady?.status).toBe(
      'True',
    )
    const missing = findingsOf(broker({ ref }), storeWith(), up)
    expect(missing.DLXReady).toEqual({ status: 'True' })
    expect(missing.DeadLetterSinkReady).toMatchObject({
      ...{
        status: 'False',
        reason: "Unable to get the DeadLetterSink's URI",
        message: expect.stringContaining('sink'),
      },
    })
  })
})

import { describe, expect, it } from 'vitest'
import { notFound } from '../../kernel/refusals.ts'
import type { ApiClient } from './api-client.ts'
import { waitReady } from './wait-ready.ts'

type State = [status: 'True' | 'False' | 'Unknown', observed?: number] | []

const cart = { namespace: 'shop', name: 'cart' }

/** An API whose service of generation 2 is in one state after the other; the last one lasts. */
function apiOf(...states: State[]) {
  const asked: string[] = []
  const request = (async (_method: string, path: string) => {
    const [status, observedGeneration = 2] = states[Math.min(asked.length, states.length - 1)] ?? []
    asked.push(path)
    const conditions = status ? [{ type: 'Ready', status, reason: 'Broken', message: 'no image' }] : []
    return { metadata: { name: 'cart', generation: 2 }, status: { observedGeneration, conditions } }
  }) as unknown as ApiClient['request']
  return { api: { request }, asked }
}

describe('waiting for a service', () => {
  it('ends once it is Ready, and asks for that one alone', async () => {
    const { api, asked } = apiOf([], ['Unknown'], ['True'])
    await waitReady(api, cart)
    expect(asked).toEqual(Array(3).fill('/apis/serving.knative.dev/v1/namespaces/shop/services/cart'))
  })

  it('takes no status of an earlier generation for an answer', async () => {
    const { api, asked } = apiOf(['True', 1], ['False', 1], ['True'])
    await waitReady(api, cart)
    expect(asked).toHaveLength(3)
  })

  it('goes on where it was not Ready for a moment only', async () => {
    const { api, asked } = apiOf(['False'], ['Unknown'], ['False'], ['True'])
    await waitReady(api, cart)
    expect(asked).toHaveLength(4)
  })

  it('fails with the reason when it stays so', async () => {
    await expect(waitReady(apiOf(['False']).api, cart)).rejects.toThrow(
      'service shop/cart is not Ready: Broken: no image',
    )
  })

  it('fails at once when the service is gone', async () => {
    const gone = notFound({ group: 'serving.knative.dev', kind: 'Service', ...cart })
    await expect(waitReady({ request: () => Promise.reject(gone) }, cart)).rejects.toBe(gone)
  })
})

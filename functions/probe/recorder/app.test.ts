import { describe, expect, it } from 'vitest'
import app from './app.ts'

const post = (id: string, BEHAVIOUR = '') => {
  const headers = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/test', 'ce-type': 'order.placed' }
  const json = { 'content-type': 'application/json' }
  return app.request('/here', { method: 'POST', headers: { ...headers, ...json }, body: '{"order":1}' }, { BEHAVIOUR })
}

describe('the recorder', () => {
  it('takes an event, and tells what it took', async () => {
    expect((await post('e-1')).status).toBe(202)
    const received = (await (await app.request('/received')).json()) as { headers: Record<string, string> }[]
    expect(received.filter(({ headers }) => headers['ce-id'] === 'e-1')).toMatchObject([
      { path: '/here', body: '{"order":1}', at: expect.any(Number) },
    ])
  })

  it.each([
    ['poison', 400],
    ['failing', 500],
    ['chatty', 200],
    ['slow', 200],
  ])('answers as %s', async (behaviour, status) => {
    expect((await post(`${behaviour}-1`, behaviour)).status).toBe(status)
  })

  it('is busy once for each event', async () => {
    const statuses = [await post('b-1', 'busy'), await post('b-1', 'busy'), await post('b-2', 'busy')]
    expect(statuses.map(({ status }) => status)).toEqual([503, 200, 503])
  })

  it('replies with an event', async () => {
    const paid = await post('p-1', 'payer')
    expect([paid.headers.get('ce-id'), paid.headers.get('ce-type')]).toEqual(['paid-p-1', 'order.paid'])
    expect(await paid.json()).toEqual({ paid: { order: 1 } })
    expect((await post('p-2', 'echo')).headers.get('ce-id')).toBe('p-2')
  })
})

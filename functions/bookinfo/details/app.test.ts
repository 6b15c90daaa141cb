import { describe, expect, it } from 'vitest'
import app from './app.ts'

describe('details', () => {
  it('BKI-04: are these bytes, with the id asked for', async () => {
    const answer = await app.request('/details/0')
    expect(await answer.text()).toBe(
      '{"id":0,"author":"William Shakespeare","year":1595,"type":"paperback","pages":200,"publisher":"PublisherA",' +
        '"language":"English","ISBN-10":"1234567890","ISBN-13":"123-1234567890"}',
    )
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(await (await app.request('/details/7')).json()).toMatchObject({ id: 7 })
  })

  it.each(['x', '1.5', '-1', '0x1', '9'.repeat(16), '%20'])('BKI-07: %s is no product', async id => {
    const answer = await app.request(`/details/${id}`)
    expect([answer.status, await answer.text()]).toEqual([400, '{"error":"please provide numeric product id"}'])
  })

  it('are healthy, and elsewhere is nothing', async () => {
    expect(await (await app.request('/health')).text()).toBe('{"status":"Details is healthy"}')
    expect((await app.request('/details')).status).toBe(404)
  })
})

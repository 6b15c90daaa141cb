import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openAssets } from '../services-under-test.ts'

const opened = () => openAssets(['risk-assess-ms'])
let system: ReturnType<typeof opened>
beforeEach(() => {
  system = opened()
})
afterEach(() => system.close())

const tell = (data: object | string, type = 'asset.updated') =>
  system.deliver('risk-assess-ms', '/events', { type, data })
const known = async (id = 'a') =>
  (await system.send('risk-assess-ms', 'GET', `/assets/${encodeURIComponent(id)}/risk`)).body

describe('the assessment', () => {
  it('is answered with the fact that it changed', async () => {
    const answer = await tell({ id: 'a', recordVersion: 3, temperature: 120, riskRating: -1 })
    const attributes = ['ce-id', 'ce-type', 'ce-subject'].map(name => answer.headers.get(name))
    expect(attributes).toEqual(['risk:a:3', 'asset.riskupdated', 'a'])
    expect(await answer.json()).toEqual({ id: 'a', recordVersion: 3, riskRating: 35 })
    expect(await known()).toEqual({ assetId: 'a', riskRating: 35 })
  })

  it.each([
    ['the owner of the asset knows the rating', { riskRating: 35 }, 'asset.updated'],
    ['the asset ended', { riskRating: -1 }, 'asset.deleted'],
  ])('is answered with nothing when %s', async (_, fields, type) => {
    const answer = await tell({ id: 'a', recordVersion: 1, temperature: 120, ...fields }, type)
    expect([answer.status, answer.headers.has('ce-type'), await answer.text()]).toEqual([200, false, ''])
  })

  it('is of what was told last, and none of an asset that ended', async () => {
    await tell({ id: 'a', recordVersion: 2, temperature: 60 })
    await tell({ id: 'a', recordVersion: 1, temperature: 120 })
    expect((await known()).riskRating).toBe(0)
    await tell({ id: 'a', recordVersion: 3, temperature: 120 }, 'asset.deleted')
    expect((await known()).riskRating).toBe(-1)
  })

  it.each(['nobody', '🐴', '__proto__', '../a'])('of "%s" is not known', async id => {
    expect(await known(id)).toEqual({ assetId: id, riskRating: -1 })
  })

  it.each(['{', '7', '[]', '{"id":"a"}', '{"recordVersion":1}'])('is not made of %s', async data => {
    expect((await tell(data)).status).toBe(400)
    expect((await known()).riskRating).toBe(-1)
  })
})

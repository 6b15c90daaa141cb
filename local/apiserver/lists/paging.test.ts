import { beforeEach, describe, expect, it } from 'vitest'
import { api, call, configMap, create, maps, namesOf, runApi } from '../api-under-test.ts'

runApi()

const list = async (query: string, path = maps) => (await call('GET', `${path}?${query}`)).body
const letters = ['a', 'b', 'c', 'd', 'e']

describe('a list in pages', () => {
  beforeEach(async () => {
    for (const name of letters) await create(name, { odd: String(letters.indexOf(name) % 2 === 0) })
  })

  it('says what remains, and goes on where the page before ended', async () => {
    const first = await list('limit=2')
    expect(namesOf(first)).toEqual(['a', 'b'])
    expect(first.metadata).toEqual({
      continue: expect.any(String),
      remainingItemCount: 3,
      resourceVersion: String(api.store.version),
    })
    const second = await list(`limit=2&continue=${first.metadata.continue}`)
    expect(namesOf(second)).toEqual(['c', 'd'])
    const last = await list(`limit=2&continue=${second.metadata.continue}`)
    expect(namesOf(last)).toEqual(['e'])
    expect(last.metadata).toEqual({ resourceVersion: String(api.store.version) })
  })

  it('shows on each page the state of the first', async () => {
    const first = await list('limit=2')
    await call('DELETE', `${maps}/c`)
    await create('bb')
    await call('PUT', `${maps}/d`, { body: { ...configMap('d'), data: { x: '1' } } })
    await create('other', {}, maps.replace('app', 'other'))
    const rest = await list(`continue=${first.metadata.continue}`)
    expect(namesOf(rest)).toEqual(['c', 'd', 'e'])
    expect(rest.items[1].data).toEqual({})
    expect(rest.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
    expect(namesOf(await list(''))).toEqual(['a', 'b', 'bb', 'd', 'e'])
  })

  it('counts what is selected alone', async () => {
    const first = await list('limit=1&labelSelector=odd%3Dtrue')
    expect(first.metadata.remainingItemCount).toBe(2)
    expect(namesOf(await list(`continue=${first.metadata.continue}&labelSelector=odd%3Dtrue`))).toEqual(['c', 'e'])
  })

  it.each(['limit=5', 'limit=0', 'limit=', 'limit=100'])('is whole with %s', async query => {
    const { items, metadata } = await list(query)
    expect(items).toHaveLength(5)
    expect(metadata).not.toHaveProperty('continue')
  })

  it('over all namespaces goes by namespace, then by name', async () => {
    await create('a', {}, maps.replace('app', 'other'))
    const first = await list('limit=4', '/api/v1/configmaps')
    const rest = await list(`continue=${first.metadata.continue}`, '/api/v1/configmaps')
    expect(rest.items.map(({ metadata }: { metadata: object }) => metadata)).toMatchObject([
      { namespace: 'app', name: 'e' },
      { namespace: 'other', name: 'a' },
    ])
  })

  it('of a state nobody remembers has expired', async () => {
    const first = await list('limit=2')
    for (let index = 0; index < 10_100; index++) {
      const metadata = { name: `x${index}`, namespace: 'other' }
      api.store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata })
    }
    expect(await list(`continue=${first.metadata.continue}`)).toMatchObject({
      code: 410,
      reason: 'Expired',
      message: 'The provided continue parameter is too old to display a consistent list result. Start a new list.',
    })
  })

  it.each<[string, number, string]>([
    ['continue=nonsense', 400, 'continue key is not valid'],
    [`continue=${Buffer.from('{"after":1}').toString('base64url')}`, 400, 'continue key is not valid'],
    ['limit=-1', 400, 'limit: Invalid value: "-1"'],
    ['limit=x', 400, 'limit: Invalid value: "x"'],
    ['resourceVersion=x', 400, 'resourceVersion: Invalid value: "x"'],
    ['resourceVersion=99999', 504, 'Too large resource version: 99999'],
  ])('with %s is refused', async (query, code, sentence) => {
    expect(await list(query)).toMatchObject({ code, message: expect.stringContaining(sentence) })
  })
})

describe('a list at a version', () => {
  it('is the newest that is not older, or exactly that one', async () => {
    await create('a')
    const version = api.store.version
    await create('b')
    await call('DELETE', `${maps}/a`)
    expect(namesOf(await list(`resourceVersion=${version}`))).toEqual(['b'])
    expect(namesOf(await list('resourceVersion=0'))).toEqual(['b'])
    expect(namesOf(await list(`resourceVersion=${version}&resourceVersionMatch=NotOlderThan`))).toEqual(['b'])
    expect(namesOf(await list(`resourceVersion=${version}&resourceVersionMatch=Exact`))).toEqual(['a'])
  })
})

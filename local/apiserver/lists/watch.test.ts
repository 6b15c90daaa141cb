import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../kernel/object.ts'
import { api, call, configMap, create, maps, open, runApi } from '../api-under-test.ts'

runApi()

describe('a watch', () => {
  /** The next events of a watch, as `TYPE name`. */
  async function* events(response: IncomingMessage) {
    let rest = ''
    for await (const chunk of response.setEncoding('utf8')) {
      rest += chunk
      const complete = rest.split('\n')
      rest = complete.pop() ?? ''
      for (const line of complete) {
        const { type, object } = JSON.parse(line)
        yield type === 'ERROR' ? `${type} ${object.reason} ${object.code}` : `${type} ${object.metadata.name}`
      }
    }
  }
  const take = async (response: IncomingMessage, count: number) => {
    const taken: string[] = []
    const all = events(response)
    while (taken.length < count) {
      const { value, done } = await all.next()
      if (done) break
      taken.push(value)
    }
    response.destroy()
    return taken
  }

  /** How many watch the store from now on. */
  const watchers = () => {
    const count = { now: 0 }
    const watch = api.store.watch.bind(api.store)
    api.store.watch = listener => {
      count.now++
      const stop = watch(listener)
      return () => {
        count.now--
        return stop()
      }
    }
    return count
  }

  it('answers its headers before the first event', async () => {
    const response = await open('GET', `${maps}?watch=true`)
    expect(response.statusCode).toBe(200)
    response.destroy()
  })

  it('begins with what there is, and goes on', async () => {
    await create('a')
    const response = await open('GET', `${maps}?watch=true`)
    await create('b')
    await call('DELETE', `${maps}/a`)
    expect(await take(response, 3)).toEqual(['ADDED a', 'ADDED b', 'DELETED a'])
  })

  it('replays what happened since a version', async () => {
    await create('a')
    const version = api.store.version
    await create('b')
    await call('DELETE', `${maps}/a`)
    const response = await open('GET', `${maps}?watch=true&resourceVersion=${version}`)
    expect(await take(response, 2)).toEqual(['ADDED b', 'DELETED a'])
  })

  it('from a version that is no longer known ends with Expired', async () => {
    const response = await open('GET', `${maps}?watch=true&resourceVersion=999999`)
    expect(await take(response, 9)).toEqual(['ERROR Expired 410'])
  })

  it('sees one name, one namespace, one kind', async () => {
    const response = await open('GET', `${maps}?watch=true&fieldSelector=metadata.name%3Db`)
    await create('a')
    await create('b', {}, maps.replace('app', 'other'))
    await call('POST', maps.replace('configmaps', 'secrets'), {
      body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'b' } },
    })
    await create('b')
    await call('PUT', `${maps}/b`, { body: { ...configMap('b'), data: { x: '1' } } })
    expect(await take(response, 2)).toEqual(['ADDED b', 'MODIFIED b'])
  })

  it('adds what comes to match and deletes what ceases to', async () => {
    const response = await open('GET', `${maps}?watch=true&labelSelector=on`)
    await create('a')
    await call('PUT', `${maps}/a`, { body: configMap('a', { labels: { on: '' } }) })
    await call('PUT', `${maps}/a`, { body: { ...configMap('a', { labels: { on: '' } }), data: { x: '1' } } })
    await call('PUT', `${maps}/a`, { body: configMap('a') })
    await call('DELETE', `${maps}/a`)
    await call('POST', maps, { body: configMap('z', { labels: { on: '' } }) })
    expect(await take(response, 4)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED z'])
  })

  it('ends after its time', async () => {
    const response = await open('GET', `${maps}?watch=true&timeoutSeconds=10`)
    await create('a')
    await api.clock.advance(10_000)
    expect(await take(response, 9)).toEqual(['ADDED a'])
  })

  it('from a version that so many changes have pushed out of memory ends with Expired', async () => {
    await create('a')
    const version = api.store.version
    for (let round = 0; round < 10_001; round++) {
      const found = api.store.get<KubeObject & { data?: object }>({ group: '', kind: 'ConfigMap' }, 'app', 'a')
      if (found) api.store.update({ ...found, data: { round: String(round) } })
    }
    expect(await take(await open('GET', `${maps}?watch=true&resourceVersion=${version}`), 9)).toEqual([
      'ERROR Expired 410',
    ])
    const recent = await open('GET', `${maps}?watch=true&resourceVersion=${api.store.version - 1}`)
    expect(await take(recent, 1)).toEqual(['MODIFIED a'])
  })

  it('of two hundred connections sees every change on each, and leaves nothing behind', async () => {
    const watching = watchers()
    const responses = await Promise.all(Array.from({ length: 200 }, () => open('GET', `${maps}?watch=true`)))
    expect(watching.now).toBe(200)
    for (const name of ['a', 'b', 'c']) await create(name)
    const taken = await Promise.all(responses.map(response => take(response, 3)))
    expect(new Set(taken.map(names => names.join()))).toEqual(new Set(['ADDED a,ADDED b,ADDED c']))
    await expect.poll(() => watching.now).toBe(0)
  })

  it('begins with more than may wait for a slow reader', async () => {
    const data = { x: 'x'.repeat(900_000) }
    for (let round = 0; round < 12; round++) await call('POST', maps, { body: { ...configMap(`big-${round}`), data } })
    expect(await take(await open('GET', `${maps}?watch=true`), 12)).toHaveLength(12)
  })

  it('whose time is up says nothing more, though its reader still has to read', async () => {
    const watching = watchers()
    const response = await open('GET', `${maps}?watch=true&timeoutSeconds=1`)
    response.pause()
    const data = { x: 'x'.repeat(900_000) }
    for (let round = 0; round < 4; round++) await call('POST', maps, { body: { ...configMap(`big-${round}`), data } })
    await api.clock.advance(1_000)
    expect(watching.now).toBe(0)
    await create('late')
    expect(await take(response, 9)).toEqual(['ADDED big-0', 'ADDED big-1', 'ADDED big-2', 'ADDED big-3'])
  })

  it('drops a reader that does not read', async () => {
    const response = await open('GET', `${maps}?watch=true`)
    response.pause()
    response.on('error', () => {})
    const closed = new Promise(resolve => response.once('close', resolve))
    const data = { x: 'x'.repeat(500_000) }
    for (let round = 0; round < 40; round++) await call('POST', maps, { body: { ...configMap(`big-${round}`), data } })
    response.resume()
    await closed
    expect(response.complete).toBe(false)
  })
})

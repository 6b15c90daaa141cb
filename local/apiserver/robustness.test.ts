// Many clients: nobody stops the server, loses a change, or makes it grow.
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { api, call, create, maps, open, runApi } from './api-under-test.ts'

runApi()

const turn = () => new Promise(resolve => setImmediate(resolve))
const megabytes = () => process.memoryUsage().rss / 1024 / 1024
const fill = (count: number) => {
  for (let index = 0; index < count; index++) {
    const metadata = {
      name: `map-${String(index).padStart(4, '0')}`,
      namespace: 'app',
      labels: { app: 'a', index: `${index}` },
    }
    api.store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { text: 'x'.repeat(500) } } as never)
  }
}

/** The names that a watch tells of as added, until there are `count`. */
async function namesFrom(response: IncomingMessage, count: number): Promise<string[]> {
  const names: string[] = []
  let rest = ''
  for await (const chunk of response.setEncoding('utf8')) {
    const complete = (rest + chunk).split('\n')
    rest = complete.pop() ?? ''
    for (const line of complete) names.push(JSON.parse(line).object.metadata.name)
    if (names.length >= count) break
  }
  return names
}

describe('many objects', () => {
  it('1,000 are listed whole, as a table and in pages, in time', async () => {
    fill(1_000)
    const times: number[] = []
    for (let round = 0; round < 5; round++) {
      const startedAt = performance.now()
      const { body } = await call('GET', maps)
      times.push(performance.now() - startedAt)
      expect(body.items).toHaveLength(1_000)
    }
    console.log(`1,000 objects listed in ${times.map(ms => ms.toFixed(0)).join(', ')} ms`)
    const table = await call('GET', maps, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } })
    expect(table.body.rows).toHaveLength(1_000)
    const names: string[] = []
    for (let next = ''; ; ) {
      const page = (await call('GET', `${maps}?limit=300${next && `&continue=${next}`}`)).body
      names.push(...page.items.map((one: { metadata: { name: string } }) => one.metadata.name))
      next = page.metadata.continue ?? ''
      if (!next) break
    }
    expect(new Set(names).size).toBe(1_000)
  })

  it('one of them is found among them by label', async () => {
    fill(1_000)
    const { body } = await call('GET', `${maps}?labelSelector=index%3D512`)
    expect(body.items).toHaveLength(1)
  })
})

describe('many watchers', () => {
  it('100 are told 1,000 changes each, in order, none lost', { timeout: 60_000 }, async () => {
    const responses = await Promise.all(Array.from({ length: 100 }, () => open('GET', `${maps}?watch=true`)))
    const seen = responses.map(response => namesFrom(response, 1_000))
    const startedAt = performance.now()
    for (let index = 0; index < 1_000; index++) {
      const metadata = { name: `map-${index}`, namespace: 'app' }
      api.store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata })
      if (index % 50 === 0) await turn()
    }
    const wanted = Array.from({ length: 1_000 }, (_, index) => `map-${index}`)
    for (const names of await Promise.all(seen)) expect(names).toEqual(wanted)
    console.log(`100 watchers were told 1,000 changes in ${(performance.now() - startedAt).toFixed(0)} ms`)
  })

  it('one that reads nothing is dropped before it costs much, and the others go on', async () => {
    const slow = await open('GET', `${maps}?watch=true`)
    slow.pause()
    const lost = once(slow.socket, 'close')
    slow.on('error', () => {})
    const quick = await open('GET', `${maps}?watch=true`)
    const names = namesFrom(quick, 300)
    const before = megabytes()
    for (let index = 0; index < 300; index++) {
      const metadata = { name: `map-${index}`, namespace: 'app' }
      api.store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { text: 'x'.repeat(50_000) } } as never)
      await turn()
    }
    expect(await names).toHaveLength(300)
    slow.resume()
    await lost
    expect(megabytes() - before).toBeLessThan(200)
  })

  it('that come and go leave nothing behind', async () => {
    const watch = api.store.watch.bind(api.store)
    let watching = 0
    api.store.watch = listener => {
      watching++
      const stop = watch(listener)
      return () => {
        watching--
        return stop()
      }
    }
    const responses = await Promise.all(Array.from({ length: 50 }, () => open('GET', `${maps}?watch=true`)))
    expect(watching).toBe(50)
    for (const response of responses) response.destroy()
    await expect.poll(() => watching).toBe(0)
  })
})

describe('many connections', () => {
  it('1,000 idle ones cost little and stop nobody', { timeout: 60_000 }, async () => {
    const before = megabytes()
    const sockets: Socket[] = []
    for (let index = 0; index < 1_000; index++) {
      const socket = connect(api.socketPath)
      socket.on('error', () => {})
      await once(socket, 'connect')
      // One connection is accepted a turn, and systems let few wait.
      await turn()
      sockets.push(socket)
    }
    expect((await call('GET', '/healthz')).text).toBe('ok')
    expect((await create('a')).code).toBe(201)
    // Both ends live in this process.
    console.log(`1,000 idle connections: ${(megabytes() - before).toFixed(0)} MB`)
    expect(megabytes() - before).toBeLessThan(150)
    for (const socket of sockets) socket.destroy()
    expect((await call('GET', `${maps}/a`)).code).toBe(200)
  })
})

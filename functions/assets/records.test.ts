import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { storeOf } from '../lib/stores.ts'
import { Records, type Versioned } from './records.ts'

let sink: Server
let told: { type: string; id: string; data: { recordVersion: number } }[]
let status: number
let env: Record<string, string>
let records: Records<Versioned & { name?: string }>

beforeEach(async () => {
  told = []
  status = 202
  sink = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { 'ce-type': type, 'ce-id': id } = request.headers as Record<string, string>
    if (status < 300) told.push({ type: type ?? '', id: id ?? '', data: JSON.parse(body) })
    response.writeHead(status).end()
  })
  await new Promise<void>(resolve => sink.listen(0, '127.0.0.1', resolve))
  env = { STORE_PATH: ':memory:', K_SINK: `http://127.0.0.1:${(sink.address() as AddressInfo).port}` }
  records = new Records({ collection: 'pumps', kind: 'pump', source: 'test' }, env, {})
})
afterEach(async () => {
  await (await storeOf(env))?.close()
  sink.close().closeAllConnections()
})

describe('a record', () => {
  it('tells each of its changes with all that is in it, once, and counts them', async () => {
    await records.create('p1', { name: 'one' })
    await records.update('p1', () => ({ name: 'two' }))
    await records.delete('p1')
    await records.restore('p1')
    expect(told).toEqual([
      { type: 'pump.created', id: 'pump:p1:1', data: { id: 'p1', recordVersion: 1, name: 'one' } },
      { type: 'pump.updated', id: 'pump:p1:2', data: { id: 'p1', recordVersion: 2, name: 'two' } },
      { type: 'pump.deleted', id: 'pump:p1:3', data: { id: 'p1', recordVersion: 3, name: 'two' } },
      { type: 'pump.updated', id: 'pump:p1:4', data: { id: 'p1', recordVersion: 4, name: 'two' } },
    ])
  })

  it('is there until it ends, and its id is taken for good', async () => {
    await records.create('p1', {})
    expect(await records.create('p1', {})).toBeUndefined()
    expect(await records.list(10)).toHaveLength(1)
    await records.delete('p1')
    expect(await records.get('p1')).toBeUndefined()
    expect(await records.list(10)).toEqual([])
    expect(await records.create('p1', {})).toBeUndefined()
    expect(await records.update('p1', () => ({ name: 'ghost' }))).toBeUndefined()
    expect(await records.delete('p1')).toBeUndefined()
  })

  it('that does not exist is not changed, and nothing is told', async () => {
    expect(await records.update('none', () => ({ name: 'x' }))).toBeUndefined()
    expect(await records.restore('none')).toBeUndefined()
    expect(told).toEqual([])
  })

  it('may be left as it is', async () => {
    await records.create('p1', { name: 'one' })
    expect(await records.update('p1', found => (found.name === 'two' ? {} : undefined))).toBeUndefined()
    expect(told).toHaveLength(1)
  })

  it('that was changed before anybody knew of it is still told as made', async () => {
    status = 503
    await expect(records.create('p1', { name: 'one' })).rejects.toThrow('503')
    status = 202
    await records.update('p1', () => ({ name: 'two' }))
    await records.update('p1', () => ({ name: 'three' }))
    expect(told.map(({ id, type }) => `${type} ${id}`)).toEqual(['pump.created pump:p1:2', 'pump.updated pump:p1:3'])
  })

  it('whose change could not be told keeps it, and tells it later', async () => {
    await records.create('p1', { name: 'one' })
    status = 503
    await expect(records.update('p1', () => ({ name: 'two' }))).rejects.toThrow('503')
    expect(await records.get('p1')).toMatchObject({ name: 'two', version: 2 })
    status = 202
    await records.tellForgotten(10)
    await records.tellForgotten(10)
    expect(told.map(({ id }) => id)).toEqual(['pump:p1:1', 'pump:p1:2'])
  })
})

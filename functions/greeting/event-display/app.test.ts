import { describe, expect, it } from 'vitest'
import { createLog, logOf } from '../../lib/log.ts'
import app from './app.ts'

describe('event-display', () => {
  it('OBS-27: logs an event with its attributes and data, however broken the data is', async () => {
    const lines: Record<string, unknown>[] = []
    const env = {}
    logOf.provide(
      env,
      createLog(env, line => lines.push(JSON.parse(line))),
    )
    const headers = {
      'ce-id': '1',
      'ce-type': 'com.example.greeting.v1',
      'ce-source': 'service-d',
      'ce-specversion': '1.0',
      'ce-knativeerrorcode': '400',
      'content-type': 'application/json',
    }
    const answer = await app.request('/', { method: 'POST', headers, body: '{"id":' }, env)
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    expect(lines).toEqual([
      expect.objectContaining({
        id: '1',
        type: 'com.example.greeting.v1',
        source: 'service-d',
        knativeerrorcode: '400',
        datacontenttype: 'application/json',
        data: '{"id":',
      }),
    ])
  })

  it('refuses what is too large to show', async () => {
    const body = 'x'.repeat(1_048_577)
    expect(
      (await app.request('/', { method: 'POST', body, headers: { 'content-length': String(body.length) } }, {})).status,
    ).toBe(413)
  })
})

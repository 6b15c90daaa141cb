// Requests that are wrong in every way: each is refused, and none is a failure of the server.
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { api, call, configMap, create, maps, runApi } from '../api-under-test.ts'
import { largestBody } from './body.ts'

runApi()

const turn = () => new Promise(resolve => setImmediate(resolve))
const megabytes = () => process.memoryUsage().rss / 1024 / 1024

/** Sends bytes as they are and gives the first line of the answer. */
async function raw(...parts: (string | Buffer)[]): Promise<string> {
  const socket = connect(api.socketPath)
  socket.on('error', () => {})
  for (const part of parts) socket.write(part)
  const [first] = await Promise.race([once(socket, 'data'), once(socket, 'close')])
  socket.destroy()
  return String(first).split('\r\n')[0] ?? ''
}

describe('bodies', () => {
  it('of 10 MB are refused without being kept', async () => {
    const before = megabytes()
    for (let round = 0; round < 10; round++) {
      const body = JSON.stringify({ ...configMap('a'), data: { x: 'y'.repeat(10_000_000) } })
      const answer = await call('POST', maps, { body }).catch(error => error)
      expect(answer.code === 413 || ['EPIPE', 'ECONNRESET'].includes(answer.code)).toBe(true)
    }
    expect(megabytes() - before).toBeLessThan(400)
    expect((await call('GET', '/healthz')).code).toBe(200)
  })

  it('announced too large are refused before a byte of them', async () => {
    const head = `POST ${maps} HTTP/1.1\r\nhost: x\r\ncontent-length: ${largestBody + 1}\r\n\r\n`
    expect(await raw(head)).toBe('HTTP/1.1 413 Payload Too Large')
  })

  it.each<[string, string]>([
    ['cut off in the middle', '{"kind":"ConfigMap","metadata":{"name":'],
    ['a list', '[]'],
    ['a number', '7'],
    ['null', 'null'],
    ['no JSON at all', 'kind: ConfigMap'],
    ['a lone surrogate', '{"kind":"ConfigMap","metadata":{"name":"\\ud800"}}'],
    ['a name that is a number', '{"metadata":{"name":5}}'],
    ['labels that are a list', '{"metadata":{"name":"a","labels":[]}}'],
    ['labels of objects', '{"metadata":{"name":"a","labels":{"x":{}}}}'],
    ['annotations that are text', '{"metadata":{"name":"a","annotations":"x"}}'],
    ['finalizers that are text', '{"metadata":{"name":"a","finalizers":"x"}}'],
    ['owners that are none', '{"metadata":{"name":"a","ownerReferences":[null]}}'],
    ['managed fields that are none', '{"metadata":{"name":"a","managedFields":[7]}}'],
    ['managed fields that are text', '{"metadata":{"name":"a","managedFields":"x"}}'],
    ['data of numbers', '{"metadata":{"name":"a"},"data":{"x":1}}'],
    ['a generated name that is a number', '{"metadata":{"generateName":5}}'],
    ['__proto__', '{"__proto__":{"x":1},"metadata":{"name":"a","__proto__":{"namespace":"other"}}}'],
  ])('that are %s are refused or stored, never a failure of the server', async (_, body) => {
    for (const [method, path] of [
      ['POST', maps],
      ['PUT', `${maps}/a`],
    ] as const) {
      const answer = await call(method, `${path}?fieldManager=x`, { body })
      expect(answer.code).toBeLessThan(500)
      if ((answer.code ?? 0) >= 400) expect(answer.body).toMatchObject({ kind: 'Status', status: 'Failure' })
    }
    expect(api.logged).toEqual([])
    expect(Object.prototype).not.toHaveProperty('x')
  })

  it.each<[string, string, unknown]>([
    ['json', 'application/json-patch+json', [{ op: 'add' }]],
    ['json', 'application/json-patch+json', [{ op: 'add', path: '/metadata', value: null }]],
    ['json', 'application/json-patch+json', [{ op: 'replace', path: '', value: 7 }]],
    ['json', 'application/json-patch+json', [{ op: 'remove', path: '/metadata/name' }]],
    ['json', 'application/json-patch+json', [{ op: 'move', path: '/a', from: 7 }]],
    ['json', 'application/json-patch+json', [null]],
    ['merge', 'application/merge-patch+json', { metadata: null }],
    ['merge', 'application/merge-patch+json', { metadata: 'x' }],
    ['merge', 'application/merge-patch+json', { metadata: { managedFields: [{ manager: 7 }] } }],
    ['merge', 'application/merge-patch+json', { kind: null }],
    ['merge', 'application/merge-patch+json', { apiVersion: 7 }],
    ['strategic', 'application/strategic-merge-patch+json', { metadata: { finalizers: [{}] } }],
    ['strategic', 'application/strategic-merge-patch+json', { metadata: { $patch: 'delete' } }],
    ['strategic', 'application/strategic-merge-patch+json', { metadata: { ownerReferences: [7] } }],
    ['apply', 'application/apply-patch+yaml', { metadata: 7 }],
    ['apply', 'application/apply-patch+yaml', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { labels: 'x' } }],
    ['apply', 'application/apply-patch+yaml', { apiVersion: 7, kind: 'ConfigMap' }],
    ['apply', 'application/apply-patch+yaml', {}],
  ])('a %s patch of %s with %j is refused or done', async (_, type, body) => {
    await create('a')
    const answer = await call('PATCH', `${maps}/a?fieldManager=x`, { type, body })
    expect(answer.code).toBeLessThan(500)
    expect(api.logged).toEqual([])
    expect((await call('GET', `${maps}/a`)).body.metadata.name).toBe('a')
  })
})

describe('requests that are none', () => {
  it.each<[string, (string | Buffer)[]]>([
    ['nonsense', ['\0\0\0\r\n\r\n']],
    ['a header without an end', ['GET / HTTP/1.1\r\nhost: x\r\nx: ', 'y'.repeat(100_000)]],
    ['two lengths', [`POST ${maps} HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab`]],
    ['a chunk that is none', [`POST ${maps} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`]],
    ['a path that is none', ['GET //[ HTTP/1.1\r\nhost: x\r\n\r\n']],
    ['a path with a broken escape', ['GET /api/v1/namespaces/%zz HTTP/1.1\r\nhost: x\r\n\r\n']],
  ])('%s', async (_, parts) => {
    expect(await raw(...parts)).toMatch(/^HTTP\/1\.1 4\d\d |^$|^undefined/)
    expect((await call('GET', '/healthz')).text).toBe('ok')
    expect(api.logged).toEqual([])
  })

  it('of a client that leaves in the middle of its body', async () => {
    const socket = connect(api.socketPath)
    socket.write(`POST ${maps} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"kind"`)
    await turn()
    socket.destroy()
    await once(socket, 'close')
    expect((await call('GET', '/healthz')).text).toBe('ok')
  })
})

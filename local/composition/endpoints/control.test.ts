import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StatusError } from '../../kernel/errors.ts'
import type { Mesh } from '../../mesh/mesh.ts'
import type { Identity } from '../../seams/identity.ts'
import type { Runtime } from '../runtime.ts'
import type { Programs } from '../workloads/programs.ts'
import { controlEndpoints } from './control.ts'

let server: Server
let identities: Identity[]
let served: unknown[]
let stopped: PromiseWithResolvers<void>
/** Resolves when a program gave its service back. */
let ended: PromiseWithResolvers<void>

beforeEach(async () => {
  identities = []
  served = []
  stopped = Promise.withResolvers()
  ended = Promise.withResolvers()
  const runtime = { status: () => ({ pid: 42 }), stop: async () => stopped.resolve() } as unknown as Runtime
  const credential = (identity: Identity) => {
    identities.push(identity)
    return { url: 'http://id:token@127.0.0.1:1' }
  }
  const programs = {
    serve(...asked: unknown[]) {
      served.push(asked)
      if (asked[1] === 'none') throw new StatusError('NotFound', 'services "none" not found')
      return { env: { K_SERVICE: asked[1] }, end: ended.resolve }
    },
  }
  const handlers = controlEndpoints(runtime, { credential } as unknown as Mesh, programs as unknown as Programs)
  server = createServer((request, response) => {
    void handlers.get((request.url ?? '').replace(/\?.*/, ''))?.(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})

afterEach(() => {
  server.close()
  server.closeAllConnections()
})

function open(method: string, path: string, body?: string): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, method, path }, resolve).on('error', reject).end(body)
  })
}

async function ask(method: string, path: string, body?: string) {
  const answer = await open(method, path, body)
  return { status: answer.statusCode, allow: answer.headers.allow, body: JSON.parse(await text(answer)) }
}

it('the status is what the runtime says of itself', async () => {
  expect(await ask('GET', '/skiff/status')).toMatchObject({ status: 200, body: { pid: 42 } })
})

describe('shutdown', () => {
  it('is answered before it happens', async () => {
    expect(await ask('POST', '/skiff/shutdown')).toMatchObject({ status: 202, body: { stopping: true } })
    await stopped.promise
  })

  it('happens to nobody who only looks', async () => {
    expect(await ask('GET', '/skiff/shutdown')).toMatchObject({
      ...{ status: 405, allow: 'POST', body: { error: 'POST only' } },
    })
  })
})

describe('a credential', () => {
  it('is given for the identity asked for', async () => {
    const wanted = { namespace: 'shop', serviceAccount: 'till', labels: { app: 'till' }, name: 'program-1' }
    expect(await ask('POST', '/skiff/credential', JSON.stringify(wanted))).toMatchObject({
      ...{ status: 201, body: { url: 'http://id:token@127.0.0.1:1' } },
    })
    expect(identities).toEqual([wanted])
  })

  it('has defaults for what is left out', async () => {
    await ask('POST', '/skiff/credential', '{}')
    expect(identities).toEqual([{ namespace: 'default', serviceAccount: 'default', labels: {}, name: 'program' }])
  })

  it.each([
    ['no JSON', 'x', 'the body must be a JSON object'],
    ['no object', '7', 'the body must be a JSON object'],
    ['nothing', 'null', 'the body must be a JSON object'],
    ['an empty namespace', '{"namespace":""}', 'namespace must be a non-empty string'],
    ['a name that is no text', '{"name":7}', 'name must be a non-empty string'],
    ['labels that are no mapping', '{"labels":"a=b"}', 'labels must map strings to strings'],
    ['labels with numbers', '{"labels":{"a":1}}', 'labels must map strings to strings'],
    ['labels that are null', '{"labels":null}', 'labels must map strings to strings'],
  ])('is refused for %s', async (_, body, sentence) => {
    const answer = await ask('POST', '/skiff/credential', body)
    expect([answer.status, answer.body.error]).toEqual([400, expect.stringContaining(sentence)])
    expect(identities).toEqual([])
  })
})

describe('a stand-in', () => {
  it('is told its environment as one line, and keeps its place as long as the request is open', async () => {
    const answer = await open('GET', '/skiff/stand-in?namespace=shop&service=cart&port=3000')
    const [line] = await new Promise<string[]>(resolve =>
      answer.once('data', data => resolve(String(data).split('\n'))),
    )
    expect(JSON.parse(line ?? '')).toEqual({ env: { K_SERVICE: 'cart' } })
    expect(served).toEqual([['shop', 'cart', 3000]])
    answer.destroy()
    await ended.promise
  })

  it('is of the default namespace unless told otherwise, and refused where there is no such service', async () => {
    expect(await ask('GET', '/skiff/stand-in?service=none&port=3000')).toMatchObject({
      ...{ status: 404, body: { kind: 'Status', reason: 'NotFound', message: 'services "none" not found' } },
    })
    expect(served).toEqual([['default', 'none', 3000]])
  })
})

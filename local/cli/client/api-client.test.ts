import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { exitCodes, SkiffError, StatusError } from '../../kernel/errors.ts'
import { type ApiClient, apiClient } from './api-client.ts'

const ends: (() => unknown)[] = []
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end()
})

/** A client of a server that answers as `listener` does; without one nobody listens. */
async function clientOf(listener?: RequestListener): Promise<ApiClient> {
  const folder = mkdtempSync(join(tmpdir(), 'api-client-'))
  ends.push(() => rmSync(folder, { recursive: true }))
  if (listener) {
    const server: Server = createServer(listener)
    await new Promise<void>(resolve => server.listen(join(folder, 'api.sock'), resolve))
    ends.push(() => {
      server.close()
      server.closeAllConnections()
    })
  }
  return apiClient(folder)
}

const failing = (action: Promise<unknown>) =>
  action.then(
    () => undefined,
    (error: unknown) => error,
  )

async function allOf(stream: AsyncIterable<string>): Promise<string[]> {
  const pieces: string[] = []
  for await (const piece of stream) pieces.push(piece)
  return pieces
}

describe('a request', () => {
  it('carries method, path, body and its type, and gives the answer’s JSON', async () => {
    const api = await clientOf(async (request, response) => {
      const { method, url, headers } = request
      response.end(JSON.stringify([method, url, headers['content-type'], headers.accept, await text(request)]))
    })
    expect(await api.request('PATCH', '/x?y=1', { a: 'ä' }, 'application/merge-patch+json')).toEqual([
      ...['PATCH', '/x?y=1', 'application/merge-patch+json', 'application/json', '{"a":"ä"}'],
    ])
    expect(await api.request('GET', '/z')).toEqual(['GET', '/z', null, 'application/json', ''])
  })

  it('gives null for an answer without a body', async () => {
    const api = await clientOf((_, response) => response.writeHead(200).end())
    expect(await api.request('DELETE', '/x')).toBeNull()
  })

  it('rejects with what the API refuses, in its own words', async () => {
    const status = { kind: 'Status', reason: 'Conflict', message: 'somebody was faster', details: { name: 'a' } }
    const api = await clientOf((_, response) => response.writeHead(409).end(JSON.stringify(status)))
    const error = await failing(api.request('PUT', '/x'))
    expect(error).toBeInstanceOf(StatusError)
    expect(error).toMatchObject({ reason: 'Conflict', message: 'somebody was faster' })
  })

  it.each([
    ['text', 'go away\n', 'the API answered 503: go away'],
    ['nothing', '', 'the API answered 503: nothing'],
    ['JSON that is no Status', '{"a":1}', 'the API answered 503: {"a":1}'],
  ])('rejects with a refusal that is %s as it stands', async (_, body, message) => {
    const api = await clientOf((_request, response) => response.writeHead(503).end(body))
    expect(await failing(api.request('GET', '/x'))).toMatchObject({ message, exitCode: exitCodes.failed })
  })

  it('says that no runtime is there, and how to start one', async () => {
    const error = await failing((await clientOf()).request('GET', '/x'))
    expect(error).toBeInstanceOf(SkiffError)
    expect(error).toMatchObject({ exitCode: exitCodes.notRunning, message: expect.stringContaining('skiff up') })
  })

  it('says when the runtime breaks off', async () => {
    const api = await clientOf(request => request.socket.destroy())
    expect(await failing(api.request('GET', '/x'))).toMatchObject({
      ...{ exitCode: exitCodes.failed, message: expect.stringMatching(/^the runtime did not answer on .*api\.sock: /) },
    })
  })
})

describe('a stream', () => {
  it('gives pieces as they come, characters whole', async () => {
    const bytes = Buffer.from('aäb')
    const api = await clientOf(async (_, response) => {
      response.write(bytes.subarray(0, 2))
      await new Promise(resolve => setTimeout(resolve, 10))
      response.end(bytes.subarray(2))
    })
    expect((await allOf(api.stream('/x'))).join('')).toBe('aäb')
  })

  it('ends without an error when it is aborted, before or amid the answer', async () => {
    const api = await clientOf((_, response) => void response.write('first'))
    expect(await allOf(api.stream('/x', AbortSignal.abort()))).toEqual([])
    const over = new AbortController()
    const seen: string[] = []
    for await (const piece of api.stream('/x', over.signal)) {
      seen.push(piece)
      over.abort()
    }
    expect(seen).toEqual(['first'])
  })

  it('rejects when the runtime dies amid the answer', async () => {
    const api = await clientOf((_, response) => {
      response.write('first', () => response.destroy())
    })
    expect(await failing(allOf(api.stream('/x')))).toBeInstanceOf(Error)
  })

  it('rejects with what the API refuses', async () => {
    const body = JSON.stringify({ reason: 'NotFound', message: 'no such pod' })
    const api = await clientOf((_, response) => response.writeHead(404).end(body))
    expect(await failing(allOf(api.stream('/x')))).toMatchObject({ reason: 'NotFound' })
  })
})

import { once } from 'node:events'
import { stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ApiClient } from '../api/client.ts'
import { createRegistry } from '../api/registry.ts'
import type { KubeObject } from '../kernel/object.ts'
import { api, call, open, runApi } from './api-under-test.ts'
import { createApiServer } from './server.ts'

runApi()

describe('the socket', () => {
  it('may be opened by its owner alone', async () => {
    expect((await stat(api.socketPath)).mode & 0o777).toBe(0o600)
  })

  it('replaces a file left behind', async () => {
    const path = join(api.folder, 'left.sock')
    await writeFile(path, '')
    const second = createApiServer({
      client: {} as ApiClient,
      registry: createRegistry(),
      store: api.store,
      clock: api.clock,
      log: () => {},
      logs: () => undefined,
    })
    await second.listenUnix(path)
    expect((await stat(path)).isSocket()).toBe(true)
    await second.close()
  })

  it('says when its path is longer than systems take', async () => {
    const path = join(api.folder, 'x'.repeat(120))
    await expect(api.server.listenUnix(path)).rejects.toThrow('choose a shorter state folder')
  })

  it('survives a client that speaks no HTTP', async () => {
    const socket = connect(api.socketPath)
    socket.end('\0\0 nonsense\r\n\r\n')
    socket.resume()
    await once(socket, 'close')
    expect((await call('GET', '/healthz')).text).toBe('ok')
  })
})

describe('what clients ask first', () => {
  it.each(['/healthz', '/readyz', '/livez'])('%s', async path => {
    expect(await call('GET', path)).toMatchObject({ code: 200, text: 'ok' })
  })

  it('/version', async () => {
    expect((await call('GET', '/version')).body).toMatchObject({
      major: '1',
      gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/),
    })
  })

  it('the groups, a group, and the resources of a version', async () => {
    expect((await call('GET', '/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] })
    const groups = (await call('GET', '/apis')).body.groups
    expect(groups.map((one: { name: string }) => one.name)).toContain('serving.knative.dev')
    const group = (await call('GET', '/apis/networking.istio.io')).body
    expect(group).toMatchObject({ kind: 'APIGroup', preferredVersion: { version: 'v1' } })
    const { resources } = (await call('GET', '/apis/serving.knative.dev/v1')).body
    expect(resources).toContainEqual(
      expect.objectContaining({ name: 'services', shortNames: expect.arrayContaining(['ksvc']), namespaced: true }),
    )
    expect(resources).toContainEqual(expect.objectContaining({ name: 'services/status' }))
    expect((await call('GET', '/api/v1')).body.resources).toContainEqual(expect.objectContaining({ name: 'pods/log' }))
  })

  it.each([
    '/apis/nobody.example.com',
    '/apis/nobody.example.com/v1/x',
    '/apis/serving.knative.dev/v9',
    '/x',
    '/',
    '/api/v1/nothing',
    '/api/v2',
    '/api/v1/%zz',
    '/api/v1//x',
  ])('%s is unknown in exactly the words clients read', async path =>
    expect(await call('GET', path)).toMatchObject({ code: 404, text: '404 page not found\n' }),
  )

  it('what the composition root adds', async () => {
    expect((await call('GET', '/skiff/status?x=1')).text).toBe('here')
  })
})

describe('logs of a pod', () => {
  const pods = '/api/v1/namespaces/app/pods'
  beforeEach(async () => {
    for (const name of ['a', 'quiet']) {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'app' }, spec: { containers: [] } }
      api.store.create(pod as KubeObject)
    }
  })

  it('come as plain text', async () => {
    const response = await open('GET', `${pods}/a/log?tailLines=5&container=user-container`)
    expect(response.headers['content-type']).toBe('text/plain')
    expect(await text(response)).toBe('one\ntwo\n')
    expect(api.logsAsked).toEqual([{ namespace: 'app', pod: 'a', tail: 5, follow: false, container: 'user-container' }])
  })

  it('are followed until the reader leaves', async () => {
    const response = await open('GET', `${pods}/a/log?follow=true`)
    const [chunk] = await once(response.setEncoding('utf8'), 'data')
    expect(chunk).toContain('one')
    response.destroy()
    await api.leftLogs
  })

  it('of a pod that is not there, or of which nothing is kept, are not found', async () => {
    expect(await call('GET', `${pods}/b/log`)).toMatchObject({ code: 404, body: { message: 'pods "b" not found' } })
    expect(await call('GET', `${pods}/quiet/log`)).toMatchObject({ code: 404, body: { reason: 'NotFound' } })
    expect((await call('GET', `${pods}/a/log?tailLines=x`)).code).toBe(400)
  })
})

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { systemClock } from '../../kernel/clock.ts'
import { openAuthority } from '../network/authority.ts'
import { takeStateFolder } from '../state-folder.ts'
import { openApiAccess, type TlsListener } from './api-access.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'access-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Opens the API of a runtime that listens on `port`; gives what it listened with and the kubeconfig. */
async function open(port: number) {
  const state = takeStateFolder(folder)
  const given: { cert: string; token: string }[] = []
  const listenTls: TlsListener['listenTls'] = async ({ certificate, token }) => {
    given.push({ cert: certificate().cert, token })
    return port
  }
  const authority = openAuthority(state, systemClock)
  await openApiAccess({ api: { listenTls }, state, authority, clock: systemClock })
  state.release()
  const { clusters, users, contexts, ...rest } = parse(readFileSync(state.file('kubeconfig'), 'utf8'))
  return { ...rest, cluster: clusters[0].cluster, token: users[0].user.token, context: contexts[0].context, given }
}

describe('the kubeconfig', () => {
  it('names the port, the authority that signed the certificate, and the token', async () => {
    const { cluster, token, context, given } = await open(45_678)
    expect(cluster.server).toBe('https://127.0.0.1:45678')
    expect(Buffer.from(cluster['certificate-authority-data'], 'base64').toString()).toBe(
      readFileSync(join(folder, 'ca.crt'), 'utf8'),
    )
    expect(given).toMatchObject([{ token, cert: expect.stringContaining('CERTIFICATE') }])
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(context).toEqual({ cluster: 'skiff', namespace: 'default', user: 'skiff' })
  })

  it.each(['kubeconfig', 'api-token.json'])('%s is for its owner alone', async file => {
    await open(1)
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
  })

  it('keeps token and authority over a restart, and takes the new port', async () => {
    const first = await open(1001)
    const second = await open(1002)
    expect(second.token).toBe(first.token)
    expect(second.cluster).toEqual({ ...first.cluster, server: 'https://127.0.0.1:1002' })
  })

  it.each(['{"token":"short"}', '{"token":7}', '{"tok', ''])(
    'gets a new token where the kept one is %j',
    async text => {
      writeFileSync(join(folder, 'api-token.json'), text)
      const { token } = await open(1)
      expect(token).toMatch(/^[\w-]{43}$/)
      expect((await open(1)).token).toBe(token)
    },
  )
})

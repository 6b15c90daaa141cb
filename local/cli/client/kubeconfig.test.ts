// Which cluster a kubeconfig means, and as whom.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { clusterOf, type KubeconfigFlags } from './kubeconfig.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

const base64 = (text: string) => Buffer.from(text).toString('base64')

function config(name: string, { user = {}, cluster = {}, context = {} }: Record<string, object> = {}): string {
  const file = join(folder, name)
  const document = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': name },
    clusters: [{ name: `cluster-${name}`, cluster: { server: `https://${name}.example:6443/`, ...cluster } }],
    users: [{ name: `user-${name}`, user }],
    contexts: [{ name, context: { cluster: `cluster-${name}`, user: `user-${name}`, ...context } }],
  }
  writeFileSync(file, stringify(document))
  return file
}

const found = (files: string, flags: KubeconfigFlags = {}) => clusterOf(flags, { ...process.env, KUBECONFIG: files })

describe('a kubeconfig', () => {
  it('says server, namespace, authority and token', () => {
    const cluster = { 'certificate-authority-data': base64('PEM') }
    const file = config('a', { user: { token: 't' }, cluster, context: { namespace: 'shop' } })
    expect(found(file)).toEqual({
      ...{ server: 'https://a.example:6443', namespace: 'shop', ca: 'PEM', insecure: false },
      credential: { token: 't' },
    })
  })

  it('names files beside it', () => {
    writeFileSync(join(folder, 'ca.pem'), 'CA')
    writeFileSync(join(folder, 'token'), ' t \n')
    const file = config('a', { user: { tokenFile: 'token' }, cluster: { 'certificate-authority': 'ca.pem' } })
    expect(found(file)).toMatchObject({ ca: 'CA', namespace: 'default', credential: { token: 't' } })
  })

  it('has a client certificate', () => {
    const user = { 'client-certificate-data': base64('C'), 'client-key-data': base64('K') }
    expect(found(config('a', { user })).credential).toEqual({ cert: 'C', key: 'K' })
  })

  it('asks a credential plugin, and says when that fails', () => {
    const said = JSON.stringify({ kind: 'ExecCredential', status: { token: 'from-plugin' } })
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', `echo '${said}'`] }
    expect(found(config('a', { user: { exec } })).credential).toEqual({ token: 'from-plugin' })
    const broken = { ...exec, args: ['-c', 'exit 3'] }
    expect(() => found(config('b', { user: { exec: broken } }))).toThrow('the credential plugin "sh" failed')
  })

  it('of several files the first current context counts, and any may be chosen', () => {
    const files = `${config('a')}:${config('b')}:${join(folder, 'nowhere')}`
    expect(found(files).server).toBe('https://a.example:6443')
    expect(found(files, { context: 'b' }).server).toBe('https://b.example:6443')
    expect(found(files, { cluster: 'cluster-b' }).server).toBe('https://b.example:6443')
  })

  it.each([
    ['no file', () => found('/nowhere/config'), 'no kubeconfig: /nowhere/config does not exist'],
    ['an unknown context', () => found(config('a'), { context: 'x' }), 'there is no context "x"'],
    ['a kind of user nobody has', () => found(config('a', { user: { 'auth-provider': {} } })), 'not supported'],
    ['no server', () => found(config('a', { cluster: { server: '' } })), 'the cluster has no server'],
  ])('%s is said in words', (_, read, sentence) => {
    expect(read).toThrow(sentence)
  })
})

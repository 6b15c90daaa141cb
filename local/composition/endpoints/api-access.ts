// Who may reach the API over TCP: a certificate of the runtime's own authority, a token, and the kubeconfig with both.
import { randomBytes } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { type Authority, type Certificate, issueCertificate } from '../../kernel/certificate.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { StateFolder } from '../state-folder.ts'

/** A server that listens with a certificate for who shows the token; it gives its port. */
export interface TlsListener {
  listenTls(options: { certificate(): Certificate; token: string }): Promise<number>
}

export interface ApiAccessOptions {
  api: TlsListener
  state: Pick<StateFolder, 'file' | 'json'>
  authority: Authority
  clock: Clock
}

const names = ['localhost', '127.0.0.1', '::1']

/**
 * Listens with TLS on a free loopback port and writes `kubeconfig` (mode 0600) for it. The token is that of the last
 * run, so that a copy of the kubeconfig needs a new port alone.
 */
export async function openApiAccess({ api, state, authority, clock }: ApiAccessOptions): Promise<void> {
  const token = tokenOf(state)
  const port = await api.listenTls({ certificate: () => issueCertificate(authority, names, clock.now()), token })
  const file = state.file('kubeconfig')
  // Written beside and moved: a reader never sees half of it.
  writeFileSync(`${file}.new`, kubeconfig({ port, authority: authority.cert, token }), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

function tokenOf(state: ApiAccessOptions['state']): string {
  const file = state.json<{ token: string }>('api-token.json')
  const known = file.read()?.token
  if (typeof known === 'string' && known.length >= 32) return known
  const token = randomBytes(32).toString('base64url')
  file.write({ token })
  return token
}

/** A kubeconfig whose cluster, user and context are all called `skiff`; `authority` is a PEM certificate. */
export function kubeconfig({ port, authority, token }: { port: number; authority: string; token: string }): string {
  const lines = [
    'apiVersion: v1',
    'kind: Config',
    'current-context: skiff',
    'clusters:',
    '- name: skiff',
    '  cluster:',
    `    server: https://127.0.0.1:${port}`,
    `    certificate-authority-data: ${Buffer.from(authority).toString('base64')}`,
    'users:',
    '- name: skiff',
    '  user:',
    `    token: ${token}`,
    'contexts:',
    '- name: skiff',
    '  context:',
    '    cluster: skiff',
    '    namespace: default',
    '    user: skiff',
  ]
  return `${lines.join('\n')}\n`
}

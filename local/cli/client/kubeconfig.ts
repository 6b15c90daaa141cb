// Reads a kubeconfig as kubectl does: which cluster, as whom, in which namespace.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { exitCodes, SkiffError } from '../../kernel/errors.ts'

export interface Cluster {
  /** `https://127.0.0.1:6443`, perhaps with a path. */
  server: string
  namespace: string
  /** PEM. */
  ca?: string
  insecure: boolean
  serverName?: string
  credential: Credential
}

export interface Credential {
  token?: string
  /** PEM. */
  cert?: string
  key?: string
}

interface Entry {
  name: string
  [field: string]: unknown
}

interface Document {
  'current-context'?: string
  clusters?: Entry[]
  contexts?: Entry[]
  users?: Entry[]
}

export interface KubeconfigFlags {
  kubeconfig?: string
  context?: string
  cluster?: string
}

/** The cluster that flags and environment mean. Throws a sentence that names the file when something is missing. */
export function clusterOf(flags: KubeconfigFlags, env: NodeJS.ProcessEnv): Cluster {
  const files = filesOf(flags, env)
  const documents = files
    .filter(existsSync)
    .map(file => ({ file, document: parse(readFileSync(file, 'utf8')) as Document }))
  if (documents.length === 0) throw failure(`no kubeconfig: ${files.join(', ')} does not exist`)
  const wanted = flags.context ?? documents.map(one => one.document?.['current-context']).find(Boolean)
  const context = pick(documents, 'contexts', wanted, 'context')
  const { value: cluster, file } = pick(documents, 'clusters', flags.cluster ?? text(context.value.cluster), 'cluster')
  const user = pick(documents, 'users', text(context.value.user), 'user')
  const server = text(cluster.server)
  if (!server) throw failure(`${file}: the cluster has no server`)
  const ca = pem(cluster, 'certificate-authority', file)
  const serverName = text(cluster['tls-server-name'])
  return {
    server: server.replace(/\/$/, ''),
    namespace: text(context.value.namespace) ?? 'default',
    ...(ca ? { ca } : {}),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    ...(serverName ? { serverName } : {}),
    credential: credentialOf(user.value, user.file, env),
  }
}

function filesOf({ kubeconfig }: KubeconfigFlags, env: NodeJS.ProcessEnv): string[] {
  if (kubeconfig) return [resolve(kubeconfig)]
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter(Boolean)
  return listed.length > 0 ? listed : [join(env.HOME ?? '/', '.kube', 'config')]
}

interface Found {
  value: Record<string, unknown>
  file: string
}

/** Of several files the first that has the name counts, as in kubectl. */
function pick(
  documents: readonly { file: string; document: Document }[],
  list: 'clusters' | 'contexts' | 'users',
  name: string | undefined,
  field: 'cluster' | 'context' | 'user',
): Found {
  const where = documents.map(one => one.file).join(', ')
  if (!name) throw failure(`${where}: no ${field} is chosen; give --context`)
  for (const { file, document } of documents) {
    const entry = document?.[list]?.find(one => one.name === name)
    if (entry) return { value: (entry[field] ?? {}) as Record<string, unknown>, file }
  }
  throw failure(`${where}: there is no ${field} "${name}"`)
}

function credentialOf(user: Record<string, unknown>, file: string, env: NodeJS.ProcessEnv): Credential {
  if (user.exec) return execCredential(user.exec as ExecPlugin, file, env)
  if (user['auth-provider'] || user.username)
    throw failure(`${file}: this kind of user is not supported; use a token, a client certificate or exec`)
  const tokenFile = text(user.tokenFile)
  const token = tokenFile ? readFileSync(resolve(dirname(file), tokenFile), 'utf8').trim() : text(user.token)
  const [cert, key] = [pem(user, 'client-certificate', file), pem(user, 'client-key', file)]
  return { ...(token ? { token } : {}), ...(cert && key ? { cert, key } : {}) }
}

interface ExecPlugin {
  apiVersion?: string
  command: string
  args?: string[]
  env?: { name: string; value: string }[]
}

/** Asks a credential plugin (client.authentication.k8s.io) for a token or a certificate. */
function execCredential(
  { apiVersion, command, args = [], env = [] }: ExecPlugin,
  file: string,
  own: NodeJS.ProcessEnv,
) {
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } })
  const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]))
  try {
    const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit']
    const said = execFileSync(command, args, { stdio, env: { ...own, ...variables, KUBERNETES_EXEC_INFO: info } })
    const { token, clientCertificateData: cert, clientKeyData: key } = JSON.parse(String(said)).status ?? {}
    return { ...(token ? { token } : {}), ...(cert && key ? { cert, key } : {}) } as Credential
  } catch (error) {
    throw failure(
      `${file}: the credential plugin "${command}" failed: ${error instanceof Error ? error.message : error}`,
    )
  }
}

/** A PEM that stands in the file as base64, or in a file of its own. */
function pem(fields: Record<string, unknown>, name: string, file: string): string | undefined {
  const data = text(fields[`${name}-data`])
  if (data) return Buffer.from(data, 'base64').toString()
  const path = text(fields[name])
  return path ? readFileSync(resolve(dirname(file), path), 'utf8') : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function failure(sentence: string): SkiffError {
  return new SkiffError(sentence, exitCodes.usage)
}

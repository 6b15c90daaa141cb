// A running API for tests: a real server on a real socket, with a clock that stands still.
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach } from 'vitest'
import { deploymentKind } from '../api/apps/deployment/kind.ts'
import { ApiClient } from '../api/client.ts'
import { createRegistry } from '../api/registry.ts'
import { FakeClock } from '../kernel/clock.ts'
import type { KubeObject } from '../kernel/object.ts'
import { ObjectStore } from '../kernel/object-store.ts'
import { seededRandom } from '../kernel/random.ts'
import type { LogOptions } from '../seams/pod-logs.ts'
import type { Computed } from './computed/computed.ts'
import { type ApiServer, createApiServer, type ExtraHandler } from './server.ts'

interface Running {
  folder: string
  socketPath: string
  clock: FakeClock
  store: ObjectStore
  server: ApiServer
  /** What the logs were asked for. */
  logsAsked: unknown[]
  /** Messages of the server's own log. */
  logged: string[]
  /** Resolves when a reader of logs has left. */
  leftLogs: Promise<void>
}

/** The server of the running test. */
export const api = {} as Running

/** Starts a server with the namespaces `app` and `other` before each test of the file, and stops it afterwards. */
export function runApi(): void {
  beforeEach(start)
  afterEach(async () => {
    await api.server.close()
    await rm(api.folder, { recursive: true })
  })
}

async function start(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'api-'))
  const socketPath = join(folder, 'api.sock')
  const clock = new FakeClock()
  const store = new ObjectStore({ clock, random: seededRandom(1) })
  const registry = createRegistry()
  const client = new ApiClient({ store, registry, clock })
  for (const name of ['app', 'other']) client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  const logsAsked: unknown[] = []
  const logged: string[] = []
  const left = Promise.withResolvers<void>()
  const logs = (namespace: string, pod: string, options: LogOptions) => {
    logsAsked.push({ namespace, pod, ...options })
    return pod === 'quiet' ? undefined : lines(options.follow, left.resolve)
  }
  const extra = new Map<string, ExtraHandler>([['/skiff/status', (_, response) => void response.end('here')]])
  const log = (_: string, message: string) => void logged.push(message)
  const server = createApiServer({ client, registry, store, clock, log, logs, extra, computed: [shownMaps(store)] })
  await server.listenUnix(socketPath)
  Object.assign(api, { folder, socketPath, clock, store, server, logsAsked, logged, leftLogs: left.promise })
}

/** A Deployment for each ConfigMap with the label `shown`: something that is worked out from what is stored. */
function shownMaps(store: ObjectStore): Computed {
  const configMap = { group: '', kind: 'ConfigMap' }
  const deploymentOf = ({ metadata }: KubeObject) => {
    const { name, namespace = '', resourceVersion = '', labels } = metadata
    const spec = {
      replicas: Number(labels?.shown),
      template: { spec: { containers: [] } },
      selector: { matchLabels: {} },
    }
    const shown = { name, namespace, resourceVersion }
    return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: shown, spec, status: {} } as KubeObject
  }
  const objects = () =>
    store
      .list(configMap)
      .filter(({ metadata }) => metadata.labels?.shown)
      .map(deploymentOf)
  return { kind: deploymentKind, from: [configMap], instead: 'change the ConfigMap', objects }
}

async function* lines(follow: boolean, left: () => void) {
  try {
    yield Buffer.from('one\n')
    yield Buffer.from('two\n')
    while (follow) {
      await new Promise(resolve => setTimeout(resolve, 5))
      yield Buffer.from('more\n')
    }
  } finally {
    left()
  }
}

export interface Options {
  body?: unknown
  /** The body as it is, in place of `body`. */
  bytes?: Buffer
  type?: string
  headers?: Record<string, string>
}

export function open(
  method: string,
  path: string,
  { body, bytes, type = 'application/json', headers = {} }: Options = {},
): Promise<IncomingMessage> {
  const content = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
  const length =
    content === undefined || headers['transfer-encoding'] ? {} : { 'content-length': Buffer.byteLength(content) }
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { socketPath: api.socketPath, method, path, headers: { 'content-type': type, ...length, ...headers } },
      resolve,
    )
    request.on('error', reject)
    request.end(bytes ?? content)
  })
}

export async function call(method: string, path: string, options?: Options) {
  const response = await open(method, path, options)
  const received = await text(response)
  const isJson = response.headers['content-type'] === 'application/json'
  return { code: response.statusCode, text: received, body: isJson ? JSON.parse(received) : undefined }
}

export const maps = '/api/v1/namespaces/app/configmaps'
export const services = '/apis/serving.knative.dev/v1/namespaces/app/services'
export const configMap = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...more },
  data: {},
})
export const hello = {
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: { name: 'hello' },
  spec: { template: { spec: { containers: [{ image: 'dev.local/a/b' }] } } },
}
export const create = (name: string, labels: Record<string, string> = {}, path = maps) =>
  call('POST', path, { body: configMap(name, { labels }) })
export const namesOf = (list: { items: KubeObject[] }) => list.items.map(one => one.metadata.name)

// A running system for the rows of Knative Serving: a throw-away project whose function tells what it saw.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { CallOptions } from '../../load/mesh-client.ts'
import { startWorld } from '../../load/world.ts'
import { ask, type Reply } from './http.ts'
import { eventually } from './skiff.ts'

/** What a test reads of any object. */
export interface Obj {
  apiVersion: string
  kind: string
  metadata: {
    name: string
    namespace?: string
    uid?: string
    generation?: number
    resourceVersion?: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
    ownerReferences?: { kind: string; name: string }[]
    finalizers?: string[]
  }
  spec?: Record<string, unknown>
  status?: { conditions?: Condition[]; url?: string; traffic?: Target[]; [field: string]: unknown }
  data?: Record<string, string>
}

export interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
  severity?: string
}

export interface Target {
  tag?: string
  revisionName?: string
  latestRevision?: boolean
  percent?: number
  url?: string
}

/** What the probing function answers. */
export interface Seen {
  version: string
  revision: string
  instance: string
  headers: Record<string, string>
}

/** An answer of the API: its code, and the object or the Status. */
export interface ApiReply {
  code: number
  body: Obj & { message?: string; reason?: string; items?: Obj[] }
}

const app = `import { Hono } from 'hono'
const instance = crypto.randomUUID()
const wait = ms => new Promise(resolve => setTimeout(resolve, ms))
let most = 0
let now = 0
export default new Hono()
  .get('/', async c => {
    const ms = Number(c.req.query('ms') ?? 0)
    most = Math.max(most, ++now)
    if (ms) await wait(ms)
    now--
    return c.json({ version: c.env.VERSION ?? '', revision: c.env.K_REVISION, instance, most, headers: c.req.header() })
  })
  .get('/env', c => c.json(c.env))
  .post('/die', () => process.exit(7))
  .get('/stall', c => c.body(new ReadableStream({ start: controller => controller.enqueue(new TextEncoder().encode('begun')) })))
`

const images = `
- image: test/crash
  command: [sh, -c, 'echo boom; exit 3']
- image: test/silent
  command: [node, -e, 'setInterval(() => {}, 1000)']
`

export type ServingWorld = Awaited<ReturnType<typeof servingWorld>>

/** Boots a system without a manifest of its own. */
export async function servingWorld(configs: Record<string, Record<string, string>> = {}) {
  const project = mkdtempSync(join(tmpdir(), 'skiff-serving-'))
  write(join(project, 'package.json'), '{ "type": "module" }\n')
  write(join(project, 'functions/probe/echo/app.ts'), app)
  write(join(project, 'images.yaml'), images)
  for (const [name, data] of Object.entries(configs)) {
    const metadata = { name, namespace: 'knative-serving' }
    write(
      join(project, `knative/${name}.yaml`),
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }),
    )
  }
  const running = await startWorld({ project, flags: ['--images', join(project, 'images.yaml'), '--pool', '4'] })
  const socket = join(running.stateDir, 'api.sock')
  const api = (method: string, path: string, body?: unknown) => callApi(socket, method, path, body)
  const at = (host: string, path = '/', options: CallOptions = {}): Promise<Reply> =>
    ask(running.port, host, path, options)
  const get = async (path: string) => (await api('GET', path)).body

  const world = {
    ...{ port: running.port, pid: running.pid, stateDir: running.stateDir, api, at, get },

    /** Creates an object; what is refused throws the API's sentence. */
    async create(object: Obj): Promise<Obj> {
      return accepted(await api('POST', pathOf(object), object))
    },

    /** Merges fields into an object. */
    async patch(path: string, change: unknown): Promise<Obj> {
      return accepted(await api('PATCH', path, change))
    },

    async configure(name: string, data: Record<string, string | null>): Promise<void> {
      const path = `/api/v1/namespaces/knative-serving/configmaps`
      const metadata = { name, namespace: 'knative-serving' }
      const found = await api('GET', `${path}/${name}`)
      if (found.code === 404) await world.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as Obj)
      else await world.patch(`${path}/${name}`, { data })
    },

    /** Deletes an object and waits until it is gone. */
    async remove(path: string): Promise<void> {
      await api('DELETE', path)
      await eventually(
        () => api('GET', path),
        answer => answer.code === 404,
      )
    },

    /** A Service, created and Ready. */
    async service(name: string, template: Template = {}, spec: object = {}): Promise<Obj> {
      await world.create(makeService(name, template, spec))
      return world.ready(name)
    },

    /** Waits for a Service to be Ready at its newest generation. */
    ready: (name: string): Promise<Obj> =>
      eventually(
        () => get(ksvc(name)),
        one => isReady(one),
        15,
      ),

    /** What the function behind a host saw. */
    async seen(host: string, options: CallOptions = {}, path = '/'): Promise<Seen & { most: number }> {
      const reply = await at(host, path, options)
      if (reply.status !== 200) throw new Error(`${host}${path} answered ${reply.status}: ${reply.body}`)
      return JSON.parse(reply.body) as Seen & { most: number }
    },

    async stop(): Promise<void> {
      await running.stop()
      rmSync(project, { recursive: true, force: true })
    },
  }
  return world
}

export interface Template {
  name?: string
  annotations?: Record<string, string>
  labels?: Record<string, string>
  spec?: Record<string, unknown>
  container?: Record<string, unknown>
  version?: string
}

/** A Service that serves the probing function; annotations without a domain are those of autoscaling. */
export function makeService(name: string, template: Template = {}, spec: object = {}): Obj {
  const metadata = { name, namespace: 'default' }
  return {
    ...{ apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata },
    spec: { template: makeTemplate(template), ...spec },
  }
}

export function makeTemplate({ name, annotations = {}, labels, spec, container, version }: Template): object {
  const env = version === undefined ? {} : { env: [{ name: 'VERSION', value: version }] }
  const full = Object.entries(annotations).map(([key, value]) => [
    key.includes('/') ? key : `autoscaling.knative.dev/${key}`,
    value,
  ])
  return {
    metadata: { ...(name ? { name } : {}), ...(labels ? { labels } : {}), annotations: Object.fromEntries(full) },
    spec: { containers: [{ image: 'dev.local/probe/echo', ...env, ...container }], ...spec },
  }
}

const servingPath = (plural: string) => (name: string) =>
  `/apis/serving.knative.dev/v1/namespaces/default/${plural}/${name}`
export const ksvc = servingPath('services')
export const revision = servingPath('revisions')
export const route = servingPath('routes')
export const configuration = servingPath('configurations')
export const mapping = (name: string) => `/apis/serving.knative.dev/v1beta1/namespaces/default/domainmappings/${name}`
export const scaler = (name: string) =>
  `/apis/autoscaling.internal.knative.dev/v1alpha1/namespaces/default/podautoscalers/${name}`
export const podsOf = (service: string) =>
  `/api/v1/namespaces/default/pods?labelSelector=serving.knative.dev/service%3D${service}`

export const conditionOf = (object: Obj, type = 'Ready') => object.status?.conditions?.find(one => one.type === type)

export function isReady(object: Obj): boolean {
  const current = object.status?.observedGeneration === object.metadata?.generation
  return current && conditionOf(object)?.status === 'True'
}

/** How often each of `values` occurs. */
export function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

function accepted({ code, body }: ApiReply): Obj {
  if (code >= 400) throw new Error(body.message)
  return body
}

function pathOf({ apiVersion, kind, metadata }: Obj): string {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const scope = metadata.namespace ? `/namespaces/${metadata.namespace}` : ''
  return `${base}${scope}/${kind.toLowerCase().replace(/y$/, 'ie')}s`
}

function callApi(socketPath: string, method: string, path: string, body?: unknown): Promise<ApiReply> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers: { 'content-type': type } }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.once('end', () => {
        const json = answer.headers['content-type']?.includes('json')
        resolve({ code: answer.statusCode ?? 0, body: json ? JSON.parse(text) : { message: text } })
      })
    })
    sent.once('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

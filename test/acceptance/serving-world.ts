// A running system for the rows of Knative Serving, with a function that tells what it saw: functions/probe/echo.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { type CallOptions, meshClient } from '../../load/mesh-client.ts'
import { projectDir, startWorld } from '../../load/world.ts'
import { type ApiReply, callApi } from './api-call.ts'
import { imageOf } from './cluster-caller.ts'
import { ask, type Reply } from './http.ts'
import { type Plane, startPlane } from './plane.ts'
import { eventually } from './skiff.ts'
import { cluster } from './target.ts'

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

const images = `
- image: test/silent
  command: [node, -e, 'setInterval(() => {}, 1000)']
`

export type ServingWorld = Awaited<ReturnType<typeof servingWorld>>

/** Boots a system without a manifest of its own. */
export async function servingWorld(configs: Record<string, Record<string, string>> = {}) {
  const project = mkdtempSync(join(tmpdir(), 'skiff-serving-'))
  write(join(project, 'package.json'), '{ "type": "module" }\n')
  symlinkSync(join(projectDir, 'functions'), join(project, 'functions'))
  write(join(project, 'images.yaml'), images)
  for (const [name, data] of Object.entries(configs)) {
    const metadata = { name, namespace: 'knative-serving' }
    write(
      join(project, `knative/${name}.yaml`),
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }),
    )
  }
  const running = await startWorld({ project, flags: ['--images', join(project, 'images.yaml'), '--pool', '4'] })
  const apiSocket = join(running.stateDir, 'api.sock')
  const { port, pid, stateDir } = running
  return {
    ...{ port, pid, stateDir, ...servingOn({ apiSocket, ingress: { host: '127.0.0.1', port } }) },
    caller: (namespace: string) => meshClient(apiSocket, namespace),
    /** The URL that a Service has for a host. */
    urlOf: (host: string): unknown => `http://${host}:${port}`,

    async stop(): Promise<void> {
      await running.stop()
      rmSync(project, { recursive: true, force: true })
    },
  }
}

export type ServingPlane = Pick<ServingWorld, keyof ReturnType<typeof servingOn> | 'caller' | 'urlOf' | 'stop'>

/** The same wherever the suite is run: on a runtime of its own, or on the cluster, which is left as it was found. */
export async function servingPlane(configs: Record<string, Record<string, string>> = {}): Promise<ServingPlane> {
  if (!cluster) return servingWorld(configs)
  const plane = await startPlane()
  for (const [name, data] of Object.entries(configs)) await plane.configure(name, data)
  const made = new Set<string>()
  const serving = servingOn(plane, async path => {
    // What an earlier run, which was broken off, left there.
    if (!made.has(path)) await serving.remove(path)
    made.add(path)
  })
  return {
    ...serving,
    caller: plane.caller,
    // Whether it has a port is a matter of the cluster's settings.
    urlOf: host => expect.stringMatching(new RegExp(`^http://${RegExp.escape(host)}(:\\d+)?$`)),
    async stop() {
      for (const path of made) await serving.remove(path)
      await plane.stop()
    },
  }
}

/** What tests of serving do, by the API and the ingress alone; `before` hears the path of what is made. */
function servingOn(
  { apiSocket, ingress }: Pick<Plane, 'apiSocket' | 'ingress'>,
  before?: (path: string) => Promise<void>,
) {
  const api = (method: string, path: string, body?: unknown) => callApi<Obj>(apiSocket, method, path, body)
  const at = (host: string, path = '/', options: CallOptions = {}): Promise<Reply> => ask(ingress, host, path, options)
  const get = async (path: string) => (await api('GET', path)).body

  const world = {
    ...{ api, at, get },

    /** Creates an object; what is refused throws the API's sentence. */
    async create(object: Obj): Promise<Obj> {
      await before?.(`${pathOf(object)}/${object.metadata.name}`)
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

/** What a container needs to end, with 3, before it listens. */
export const crashing = { env: [{ name: 'CRASH', value: '3' }] }

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
    spec: { containers: [{ image: imageOf('echo'), ...env, ...container }], ...spec },
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

function accepted({ code, body }: ApiReply<Obj>): Obj {
  if (code >= 400) throw new Error(body.message)
  return body
}

function pathOf({ apiVersion, kind, metadata }: Obj): string {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const scope = metadata.namespace ? `/namespaces/${metadata.namespace}` : ''
  return `${base}${scope}/${kind.toLowerCase().replace(/y$/, 'ie')}s`
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

// Event consumers that write down what they receive and answer in the way their name says: functions/probe/recorder.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { MeshCall } from '../../load/mesh-client.ts'
import { projectDir } from '../../load/world.ts'
import { imageOf } from './cluster-caller.ts'
import { localGround } from './local-plane.ts'
import { type Plane, planeOn, startPlane } from './plane.ts'
import { eventually } from './skiff.ts'
import { cluster } from './target.ts'

export const ingress = 'http://broker-ingress.knative-eventing.svc.cluster.local/app'

/** What the consumers can do; each is a Knative Service of that name. */
export const behaviours = ['sink', 'payer', 'echo', 'chatty', 'busy', 'poison', 'failing', 'slow', 'dead'] as const

export interface Recorded {
  at: number
  path: string
  headers: Record<string, string>
  body: string
}

export interface EventsProject {
  folder: string
  /** What the service has received so far. */
  received(service: string): Recorded[]
  /** A document of a Knative Service of that behaviour. */
  consumer(name: string, behaviour: string): object
}

/** Writes the project; `documents` are those of `eventing/`. */
export function eventsProject(documents: readonly object[]): EventsProject {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-events-'))
  const recordOf = (service: string) => join(folder, `${service}.jsonl`)
  const consumer: EventsProject['consumer'] = (name, behaviour) =>
    consumerOf(name, { image: imageOf('recorder'), env: { RECORD: recordOf(name), BEHAVIOUR: behaviour } })
  write(join(folder, 'package.json'), '{ "type": "module" }\n')
  symlinkSync(join(projectDir, 'functions'), join(folder, 'functions'))
  for (const [index, document] of [namespace, autoscaler, ...behaviours.map(name => consumer(name, name))].entries())
    write(join(folder, `knative/${index}.yaml`), JSON.stringify(document))
  for (const [index, document] of documents.entries())
    write(join(folder, `eventing/${index}.yaml`), JSON.stringify(document))
  return {
    folder,
    consumer,
    received(service) {
      if (!existsSync(recordOf(service))) return []
      const lines = readFileSync(recordOf(service), 'utf8').split('\n').filter(Boolean)
      return lines.map(line => JSON.parse(line) as Recorded)
    },
  }
}

/** The same wherever the suite is run. */
export interface EventsPlane extends Plane {
  /** Calls as a workload of the namespace of the events. */
  mesh: MeshCall
  received(service: string): Promise<Recorded[]>
  consumer: EventsProject['consumer']
}

/** Consumers of every behaviour and these documents, all Ready: in a runtime of their own, or in a namespace of the cluster. */
export function eventsPlane(documents: readonly object[]): Promise<EventsPlane> {
  return cluster ? onCluster(documents) : onRuntime(eventsProject(documents))
}

async function onRuntime({ folder, consumer, received }: EventsProject): Promise<EventsPlane> {
  const plane = planeOn(await localGround({ project: folder }))
  return {
    ...plane,
    mesh: await plane.caller('app'),
    consumer,
    received: async service => received(service),
    async stop() {
      await plane.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function onCluster(documents: readonly object[]): Promise<EventsPlane> {
  const plane = await startPlane()
  // What they received is in the memory of the one instance each has, which is kept.
  const annotations = {
    'autoscaling.knative.dev/max-scale': '1',
    'autoscaling.knative.dev/scale-to-zero-pod-retention-period': '1h',
  }
  const consumer: EventsProject['consumer'] = (name, behaviour) =>
    consumerOf(name, { image: imageOf('recorder'), env: { BEHAVIOUR: behaviour }, annotations })
  await plane.remove('namespace', 'app')
  await plane.configure('config-autoscaler', autoscaler.data)
  await plane.apply(namespace)
  await plane.apply(...behaviours.map(name => consumer(name, name)), ...documents)
  for (const kind of ['ksvc', 'broker', 'trigger']) {
    const read = () => plane.get<{ items: Conditioned[] }>(kind, '-n', 'app')
    await eventually(read, ({ items }) => items.every(isReady), 60)
  }
  const mesh = await plane.caller('app')
  return {
    ...{ ...plane, mesh, consumer },
    received: async service => JSON.parse((await mesh(`http://${service}.app/received`)).body) as Recorded[],
    async stop() {
      await plane.remove('namespace', 'app')
      await plane.stop()
    },
  }
}

interface Conditioned {
  status?: { conditions?: { type: string; status: string }[] }
}

const isReady = ({ status }: Conditioned) => status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'

interface Consumer {
  image: string
  env: Record<string, string>
  annotations?: Record<string, string>
}

const consumerOf = (name: string, { image, env, annotations }: Consumer) => ({
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: { name, namespace: 'app' },
  spec: {
    template: {
      metadata: { annotations: { ...atZero, ...annotations } },
      spec: { containers: [{ image, env: Object.entries(env).map(([key, value]) => ({ name: key, value })) }] },
    },
  },
})

const atZero = { 'autoscaling.knative.dev/initial-scale': '0' }
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'app' } }
const autoscaler = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'config-autoscaler', namespace: 'knative-serving' },
  data: { 'allow-zero-initial-scale': 'true' },
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

export const broker = (name: string, delivery?: object) => ({
  apiVersion: 'eventing.knative.dev/v1',
  kind: 'Broker',
  metadata: { name, namespace: 'app' },
  ...(delivery ? { spec: { delivery } } : {}),
})

export const serviceRef = (name: string) => ({ apiVersion: 'serving.knative.dev/v1', kind: 'Service', name })

/** A trigger of `attributes` that sends to a service, at `path` when given. */
export function trigger(
  name: string,
  attributes: Record<string, string>,
  { to = name, path, of = 'default', delivery }: { to?: string; path?: string; of?: string; delivery?: object } = {},
): object {
  return {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    metadata: { name, namespace: 'app' },
    spec: {
      broker: of,
      filter: { attributes },
      subscriber: { ref: serviceRef(to), ...(path ? { uri: path } : {}) },
      ...(delivery ? { delivery } : {}),
    },
  }
}

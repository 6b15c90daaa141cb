// Bases and overlays as kustomize renders them: nothing is forgotten, and the API takes all of it.
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { kustomizations, kustomized, objectsOf, refusals } from '../scripts/check-rendered.ts'
import { lacks } from './cluster-tools.ts'

const root = join(import.meta.dirname, '..')

interface Rendering {
  kind: string
  apiVersion: string
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> }
  spec: {
    template: { metadata?: { name?: string; annotations?: Record<string, string> }; spec: { containers: Container[] } }
    traffic?: { revisionName?: string }[]
    config?: { kind: string; name: string }
    mtls?: { mode: string }
    location?: string
    resolution?: string
    ports?: { number: number }[]
  }
}

interface Container {
  env?: { name: string; value?: string }[]
  envFrom?: { secretRef: { name: string; optional: boolean } }[]
}

async function objects(folder: string): Promise<Rendering[]> {
  return objectsOf(await kustomized(root, folder)).map(({ object }) => object as unknown as Rendering)
}

const names = (all: Rendering[], kind: string) =>
  all.filter(one => one.kind === kind).map(({ metadata }) => metadata.name)
const isKnative = ({ kind, apiVersion }: Rendering) =>
  kind === 'Service' && apiVersion.startsWith('serving.knative.dev/')

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = []
  for await (const file of glob('**/*.yaml', { cwd: join(root, folder) })) files.push(file)
  return files.filter(file => !/(^|\/)(rules|exercises|overlays)\/|kustomization\.yaml$/.test(file)).sort()
}

/** Of files that are one service's revisions the last. */
function withoutEarlierRevisions(files: string[]): string[] {
  const place = (file: string) => Number.parseInt(basename(file), 10)
  return files.filter(file => {
    const later = files.some(other => dirname(other) === dirname(file) && place(other) > place(file))
    return !file.includes('/') || !later
  })
}

describe('a base', () => {
  const suites = ['knative', 'istio', 'eventing'].flatMap(area =>
    parse(readFileSync(join(root, area, 'kustomization.yaml'), 'utf8'))
      .resources.filter((resource: string) => !resource.endsWith('.yaml'))
      .map((suite: string) => `${area}/${suite}`),
  ) as string[]

  it.each(suites)('%s lists each file that a boot reads, of several revisions the last', async folder => {
    const { resources } = parse(readFileSync(join(root, folder, 'kustomization.yaml'), 'utf8'))
    expect(resources.toSorted()).toEqual(withoutEarlierRevisions(await filesBelow(folder)).toSorted())
  })

  it.each(['knative', 'istio', 'eventing'])('%s lists all suites that have files', async area => {
    const files = (await filesBelow(area)).filter(file => file.includes('/') && !file.startsWith('observability/'))
    const folders = new Set(files.map(file => `${area}/${file.split('/')[0]}`))
    expect(suites.filter(suite => suite.startsWith(`${area}/`)).toSorted()).toEqual([...folders].sort())
  })
})

describe.skipIf(lacks('kubectl'))('kubectl kustomize', () => {
  it('CC-24 renders every base and overlay, and the API refuses nothing of it', { timeout: 120_000 }, async () => {
    for (const folder of await kustomizations(root)) expect(refusals(await kustomized(root, folder)), folder).toBe('')
  })

  it('development finds its stores where install-stores puts them, by a Secret of each namespace', async () => {
    const all = await objects('overlays/dev')
    const users = all.filter(isKnative).filter(one => one.spec.template.spec.containers[0]?.envFrom)
    const secrets = all.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.namespace)
    expect(users.length).toBeGreaterThan(20)
    expect(secrets).toEqual(expect.arrayContaining([...new Set(users.map(({ metadata }) => metadata.namespace))]))
    const optional = (name: string) => ({ secretRef: { name, optional: true } })
    for (const { metadata, spec } of users) {
      const from = metadata.name === 'user-management-ms' ? ['stores', 'mail'] : ['stores']
      expect(spec.template.spec.containers[0]?.envFrom).toEqual(from.map(optional))
    }
  })

  it('CC-25 OBS-42 production keeps two of what is asked first, at most four, and one at a time may go', async () => {
    const all = await objects('overlays/production')
    const scaled = all.filter(isKnative).filter(({ spec }) => spec.template.metadata?.annotations)
    expect(scaled.map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(['asset-dashboard-bff', 'productpage', 'frontend', 'gateway', 'service-a', 'ui']),
    )
    for (const { spec } of scaled) {
      expect(spec.template.metadata?.annotations).toEqual({
        'autoscaling.knative.dev/min-scale': '2',
        'autoscaling.knative.dev/max-scale': '4',
      })
    }
    expect(names(all, 'PodDisruptionBudget')).toEqual(
      expect.arrayContaining(scaled.map(({ metadata }) => metadata.name)),
    )
  })

  it('CC-25 its brokers are durable, and who publishes knows their address', async () => {
    const all = await objects('overlays/production')
    const brokers = all.filter(({ kind }) => kind === 'Broker')
    expect(brokers.length).toBeGreaterThan(4)
    for (const { metadata, spec } of brokers) {
      expect(metadata.annotations).toEqual({ 'eventing.knative.dev/broker.class': 'RabbitMQBroker' })
      expect(spec.config).toMatchObject({ kind: 'RabbitmqBrokerConfig', name: 'rabbitmq' })
    }
    const addresses = brokers.map(
      ({ metadata }) => `http://${metadata.name}-broker-ingress.${metadata.namespace}.svc.cluster.local`,
    )
    const sinks = all.filter(isKnative).flatMap(({ spec }) => spec.template.spec.containers[0]?.env ?? [])
    for (const { name, value } of sinks) if (name === 'K_SINK') expect(addresses).toContain(value)
  })

  it('OBS-43 OBS-47 every namespace is STRICT and closed, and knows the stores outside', async () => {
    const all = await objects('overlays/production')
    const namespaces = names(all, 'Namespace').sort()
    const of = (kind: string) => all.filter(one => one.kind === kind)
    expect(
      of('PeerAuthentication')
        .map(({ metadata }) => metadata.namespace)
        .sort(),
    ).toEqual(namespaces)
    expect(new Set(of('PeerAuthentication').map(({ spec }) => spec.mtls?.mode))).toEqual(new Set(['STRICT']))
    expect(
      of('NetworkPolicy')
        .map(({ metadata }) => metadata.namespace)
        .sort(),
    ).toEqual(namespaces)
    const outside = of('ServiceEntry').filter(({ metadata }) => metadata.namespace === 'greeting')
    expect(
      outside.map(({ metadata, spec }) => [metadata.name, spec.location, spec.resolution, spec.ports?.[0]?.number]),
    ).toEqual(
      expect.arrayContaining([
        ['mongodb', 'MESH_EXTERNAL', 'NONE', 27017],
        ['amqp', 'MESH_EXTERNAL', 'NONE', 5671],
        ['redis', 'MESH_EXTERNAL', 'NONE', 6380],
      ]),
    )
  })

  it('a revision that has a name keeps its template, or has another name', async () => {
    const base = await objects('knative')
    for (const overlay of ['overlays/dev', 'overlays/production']) {
      for (const one of (await objects(overlay)).filter(isKnative)) {
        const same = base.find(
          ({ metadata }) => metadata.name === one.metadata.name && metadata.namespace === one.metadata.namespace,
        )
        const { template } = one.spec
        if (!template.metadata?.name || template.metadata.name !== same?.spec.template.metadata?.name) continue
        expect(template, one.metadata.name).toEqual(same.spec.template)
      }
    }
  })
})

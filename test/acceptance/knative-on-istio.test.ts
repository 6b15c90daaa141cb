// The rules of Knative on Istio, row by row, on the whole project as it boots: its objects, refusals and answers.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { MeshCall } from '../../load/mesh-client.ts'
import { projectDir } from '../../load/world.ts'
import { bookinfoWorld } from './bookinfo-world.ts'
import { many, tally } from './many.ts'
import { type Plane, startPlane } from './plane.ts'
import { relayWorld } from './relay-world.ts'
import { lasting } from './target.ts'

interface Meta {
  name: string
  namespace: string
  ownerReferences?: { kind: string; name: string }[]
}

interface VirtualService {
  metadata: Meta
  spec: { hosts: string[]; gateways?: string[]; http: { retries?: { attempts?: number } }[] }
}

interface Service {
  metadata: Meta
  spec: { externalName?: string }
}

interface KnativeService {
  metadata: Meta
  spec: { template: Template; traffic: { tag: string; percent: number }[] }
  status: { traffic: { tag?: string; revisionName: string; percent?: number }[] }
}

interface Template {
  metadata: { name: string }
  spec: { containers: { env: object[]; ports: object[]; readinessProbe: { httpGet?: { path: string } } }[] }
}

let plane: Plane
let mesh: MeshCall
const relay = relayWorld(() => plane)
const shop = bookinfoWorld(() => plane)
const all = async <T>(kind: string) => (await plane.get<{ items: T[] }>(kind, '-A')).items
const services = () => all<KnativeService>('ksvc')
const fullName = (host: string) => `${host.split('.').slice(0, 2).join('.')}.svc.cluster.local`
/** Made by Knative, not written by anybody. */
const generated = ({ metadata }: { metadata: Meta }) => metadata.ownerReferences !== undefined

beforeAll(async () => {
  plane = await startPlane('bookinfo', 'greeting', 'relay')
  mesh = await plane.caller('relay')
})
afterAll(() => plane?.stop())

describe('the objects', () => {
  it('KNI-01 no VirtualService that somebody wrote has a name Knative gives to its own', async () => {
    const written = (await all<VirtualService>('virtualservice')).filter(one => !generated(one))
    const names = written.map(({ metadata }) => metadata.name)
    expect(names).toContain('route-middle')
    expect(names.filter(name => /-(mesh|ingress)$/.test(name))).toEqual([])
  })

  it('KNI-02 no DestinationRule is about a host of Knative', async () => {
    const hosts = new Set(
      (await services()).map(({ metadata }) => `${metadata.name}.${metadata.namespace}.svc.cluster.local`),
    )
    const rules = await all<{ spec: { host: string } }>('destinationrule')
    expect(rules.filter(({ spec }) => hosts.has(fullName(spec.host)))).toEqual([])
  })

  it('KNI-03 no host of the mesh has two VirtualServices', async () => {
    const inMesh = (await all<VirtualService>('virtualservice')).filter(({ spec }) =>
      (spec.gateways ?? ['mesh']).includes('mesh'),
    )
    const hosts = inMesh.flatMap(({ spec }) => [...new Set(spec.hosts.map(fullName))])
    expect(Object.entries(tally(hosts)).filter(([, count]) => count > 1)).toEqual([])
    expect(hosts).toContain('middleware-svc.relay.svc.cluster.local')
  })

  it('KNI-04 no Service that somebody wrote has the name of a Knative Service or of a tag', async () => {
    const claimed = (await services()).flatMap(({ metadata: { namespace, name }, status }) => [
      `${namespace}/${name}`,
      ...status.traffic.map(({ tag }) => `${namespace}/${tag}-${name}`),
    ])
    const written = (await all<Service>('svc')).filter(one => one.spec.externalName && !generated(one))
    const facades = written.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    expect(facades).toEqual(expect.arrayContaining(['relay/middleware-svc', 'bookinfo/reviews-mesh']))
    expect(facades.filter(name => claimed.includes(name))).toEqual([])
  })

  it('KNI-05 every name a tag makes is one label of a host', async () => {
    const names = (await services()).flatMap(({ metadata, status }) =>
      status.traffic.map(({ tag }) => (tag ? `${tag}-${metadata.name}` : metadata.name)),
    )
    expect(names).toContain('canary-middleware')
    expect(names.filter(name => name.length > 63)).toEqual([])
  })

  it('KNI-16 nothing is repeated but where a rule set says so', async () => {
    const written = (await all<VirtualService>('virtualservice')).filter(one => !generated(one))
    expect(written.filter(({ spec }) => spec.http.some(({ retries }) => retries))).toEqual([])
  })

  it('KNI-17 no probe wakes what a service calls', async () => {
    const paths = (await services()).flatMap(({ spec }) =>
      spec.template.spec.containers.map(({ readinessProbe }) => readinessProbe.httpGet?.path),
    )
    expect(paths).toContain('/healthz')
    expect(paths.filter(path => path === '/')).toEqual([])
  })
})

describe('what is refused', () => {
  const changed = (change: (service: KnativeService) => void) => {
    const file = join(projectDir, 'knative/relay/middleware/3-dev.yaml')
    const service = parse(readFileSync(file, 'utf8')) as KnativeService
    change(service)
    return plane.apply(service)
  }
  const container = ({ spec }: KnativeService): { env: object[]; ports: object[] } =>
    spec.template.spec.containers[0] ?? { env: [], ports: [] }

  it.each([
    [
      'KNI-05 a tag whose host would have a label of 64 characters',
      /traffic\[2\]\.tag/,
      ({ spec }: KnativeService) => {
        for (const target of spec.traffic) if (target.tag === 'dev') target.tag = 'd'.repeat(53)
      },
    ],
    [
      'KNI-06 a port set by hand',
      /PORT/,
      (one: KnativeService) => container(one).env.push({ name: 'PORT', value: '2' }),
    ],
    [
      'KNI-06 a port of the queue-proxy',
      /8012/,
      (one: KnativeService) => {
        container(one).ports = [{ name: 'http1', containerPort: 8012 }]
      },
    ],
    [
      'KNI-07 a split of ninety',
      /90/,
      (one: KnativeService) => {
        for (const target of one.spec.traffic) target.percent = target.tag === 'prod' ? 70 : target.percent
      },
    ],
  ])('%s', async (_row, says, change) => {
    await expect(changed(change)).rejects.toThrow(says)
  })
})

describe('an answer', () => {
  it('KNI-08, KNI-09 of every service says who gave it, whatever the caller claims', lasting(120), async () => {
    const forged = { 'x-service': 'forged', 'x-revision': 'forged' }
    for (const { metadata, status } of await services()) {
      const { headers } = await mesh(`http://${metadata.name}.${metadata.namespace}/healthz`, { headers: forged })
      expect(headers['x-service']).toBe(metadata.name)
      expect(status.traffic.map(({ revisionName }) => revisionName)).toContain(headers['x-revision'])
    }
  })

  it('KNI-20 comes from the tag a header names, and by the split when there is no such tag', async () => {
    const revision = async (tag: string) => {
      const headers = { 'Knative-Serving-Tag': tag }
      return String((await mesh('http://middleware.relay/hello', { headers })).headers['x-revision'])
    }
    expect(tally(await many(50, () => revision('dev')))).toEqual({ 'middleware-dev': 50 })
    const others = tally(await many(50, () => revision('nobody')))
    expect(Object.keys(others).filter(name => !['middleware-prod', 'middleware-canary'].includes(name))).toEqual([])
  })
})

describe('KNI-23 one command, no cluster', () => {
  it('the greeting comes from all its services', async () => {
    const { status, body } = await plane.ask('api.greeting.localhost', '/api/greeting')
    expect(status).toBe(200)
    expect((JSON.parse(body) as { greeting: unknown[] }).greeting).toHaveLength(7)
  })

  it('the relay sends betaUser another way', async () => {
    expect(await relay.tell({ 'x-dev-user': 'betaUser' })).toMatchObject({
      middle: 'dev-svc-node',
      core: 'load-svc-golang',
    })
    expect(await relay.tell()).toMatchObject({ core: 'core-svc-golang' })
  })

  it('the shop shows jason black stars', async () => {
    const jason = await shop.signIn('jason')
    await shop.rules(['rule-based-routing'], jason, ({ stars }) => stars > 0)
    expect(await shop.page(jason)).toMatchObject({ color: 'black', reviews: 'reviews-v2' })
  })
})

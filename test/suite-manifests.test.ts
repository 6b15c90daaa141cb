// The YAML of the relay and of Bookinfo: what a real cluster needs of it, and that its parts fit together.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { createRegistry } from '../local/api/registry.ts'
import { filesBelow } from '../local/manifests/files.ts'
import { readManifests } from '../local/manifests/read.ts'
import { ruleFindings } from '../scripts/manifest-rules.ts'

interface Route {
  match?: { authority?: { prefix: string } }[]
  rewrite?: { authority?: string }
  route: { destination: { host: string }; headers?: { request: { set: { Host: string } } } }[]
  retries?: { attempts: number; perTryTimeout: string; retryOn?: string }
}

interface Document {
  file: string
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string> }
  spec: {
    template: {
      metadata?: { name?: string }
      spec: {
        containers: {
          name: string
          image: string
          env?: { name: string }[]
          ports: object[]
          readinessProbe: object
        }[]
      }
    }
    traffic?: { revisionName: string; tag: string; percent: number }[]
    externalName?: string
    channelTemplate?: { spec?: { delivery?: { retry: number; deadLetterSink: object } } }
    ports?: { name: string; port: number; targetPort: number }[]
    selector?: Record<string, string>
    hosts?: string[]
    gateways?: string[]
    http?: Route[]
  }
}

interface Canary {
  spec: {
    analysis: {
      interval: string
      threshold: number
      maxWeight: number
      stepWeight: number
      metrics: { name: string; thresholdRange: object; interval: string; templateRef: { name: string } }[]
      webhooks: { metadata: { cmd: string } }[]
    }
  }
}

const localGateway = 'knative-local-gateway.istio-system.svc.cluster.local'
const suites = ['relay', 'bookinfo'] as const

const read = (file: string): Document[] =>
  parseAllDocuments(readFileSync(file, 'utf8')).map(document => ({ ...(document.toJS() as Document), file }))
const below = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.yaml'))
    .map(file => `${folder}/${file}`)
const documents = suites.flatMap(suite => [...below(`knative/${suite}`), ...below(`istio/${suite}`)]).flatMap(read)
const exercisesFolder = 'knative/bookinfo/exercises'
const exercises = below(exercisesFolder)
const kind = (of: string, group = '') => documents.filter(each => each.kind === of && each.apiVersion.startsWith(group))
const services = kind('Service', 'serving.knative.dev/')
const facades = kind('Service', 'v1').filter(({ spec }) => spec.externalName)
const gateways = kind('Service', 'v1').filter(({ spec }) => !spec.externalName)
const virtualServices = kind('VirtualService')

/** Every host a route may name: of a Knative Service, or of one of its tags. */
const knativeHosts = new Set(
  services.flatMap(({ metadata: { name, namespace }, spec }) =>
    [name, ...(spec.traffic ?? []).map(({ tag }) => `${tag}-${name}`)].map(
      host => `${host}.${namespace}.svc.cluster.local`,
    ),
  ),
)
const authorities = (route: Route) =>
  [route.rewrite?.authority, ...route.route.map(each => each.headers?.request.set.Host)].filter(Boolean)

describe('the services', () => {
  it.each(services.map(service => [service.file, service] as const))(
    '%s can be applied any number of times',
    (_file, { metadata, spec }) => {
      const [container] = spec.template.spec.containers
      const port = metadata.namespace === 'relay' ? 2000 : 9080
      expect(container).toMatchObject({
        name: 'user-container',
        ports: [{ name: 'http1', containerPort: port }],
        readinessProbe: { httpGet: { path: '/healthz', port: 0 }, successThreshold: 1 },
      })
      expect(existsSync(`functions/${container?.image.replace('dev.local/', '')}/app.ts`)).toBe(true)
      expect(metadata.labels).toMatchObject({ 'networking.knative.dev/visibility': 'cluster-local' })
      const env = container?.env?.map(each => each.name) ?? []
      for (const reserved of ['PORT', 'K_SERVICE', 'K_CONFIGURATION', 'K_REVISION']) expect(env).not.toContain(reserved)
    },
  )

  it('KNI-07 AIR-31: those with several revisions carry the same split in each document, of a hundred in all', () => {
    const named = services.filter(({ spec, file }) => spec.traffic && !file.includes('/exercises/'))
    const bySplit = Map.groupBy(named, ({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    for (const [name, of] of bySplit) {
      const [first] = of
      for (const { spec } of of) {
        expect(spec.traffic, name).toEqual(first?.spec.traffic)
        expect(spec.traffic?.map(each => each.revisionName)).toContain(spec.template.metadata?.name)
      }
      expect(first?.spec.traffic?.reduce((sum, { percent }) => sum + percent, 0)).toBe(100)
      expect(of).toHaveLength(first?.spec.traffic?.length ?? 0)
    }
    expect(bySplit.get('relay/middleware')?.[0]?.spec.traffic?.map(({ tag, percent }) => [tag, percent])).toEqual([
      ['prod', 80],
      ['canary', 20],
      ['dev', 0],
    ])
  })

  it('AIR-36 BKI-09: are nine workloads of the relay beside the stand-in, and six of Bookinfo', () => {
    const count = (suite: string) =>
      services.filter(({ file }) => file.startsWith(`knative/${suite}/`) && !file.includes('/exercises/')).length
    expect([count('relay'), count('bookinfo')]).toEqual([9 + 1, 6])
  })
})

/** Services that lead to the local gateway, with their ports: Knative's own, and ours that select the same pods. */
const localGateways = new Map([
  [localGateway, [80]],
  ...gateways.map(({ metadata, spec }): [string, number[]] => [
    `${metadata.name}.${metadata.namespace}.svc.cluster.local`,
    spec.ports?.filter(({ targetPort }) => targetPort === 8081).map(({ port }) => port) ?? [],
  ]),
])

describe('the facades', () => {
  it.each(facades.map(facade => [facade.metadata.name, facade] as const))(
    '%s leads to the local gateway, with and without a sidecar',
    (_name, { spec }) => {
      expect(spec).toMatchObject({ type: 'ExternalName' })
      expect(localGateways.get(spec.externalName ?? '')).toEqual(
        expect.arrayContaining(spec.ports?.map(({ port }) => port) ?? []),
      )
      expect(spec.ports).toContainEqual({ name: 'http2', port: 80, targetPort: 80 })
    },
  )

  it('the gateway behind them is that of the mesh', () => {
    expect(gateways.map(({ metadata, spec }) => [metadata.namespace, spec.selector])).toEqual([
      ['istio-system', { istio: 'ingressgateway' }],
    ])
  })

  it('its Service leaves the ports of every Gateway where they are', () => {
    // Istio takes a Gateway's port 80 for the targetPort of any Service of these pods that has it, unless this stands there.
    for (const { metadata } of gateways) {
      expect(metadata.labels).toMatchObject({ 'experimental.istio.io/disable-gateway-port-translation': 'true' })
    }
  })

  it('BKI-10: those of Bookinfo have the port of the workshop as well', () => {
    const ports = facades
      .filter(({ metadata }) => metadata.namespace === 'bookinfo')
      .map(({ spec }) => spec.ports?.map(({ port }) => port))
    expect(ports).toEqual([
      [80, 9080],
      [80, 9080],
      [80, 9080],
      [80, 9080],
    ])
  })

  it('have names that no Knative Service and no tag has', () => {
    for (const { metadata } of facades)
      expect(knativeHosts).not.toContain(`${metadata.name}.${metadata.namespace}.svc.cluster.local`)
  })
})

describe('the routes', () => {
  it.each(virtualServices.map(each => [`${each.file} ${each.metadata.name}`, each] as const))(
    '%s leads to hosts that exist, by full names',
    (_name, { spec, metadata }) => {
      for (const route of spec.http ?? []) {
        for (const { destination } of route.route) expect(destination.host).toBe(localGateway)
        // A rewrite of the route would beat the hosts of its destinations.
        expect(authorities(route)).toHaveLength(route.rewrite ? 1 : route.route.length)
        for (const authority of authorities(route)) expect(knativeHosts).toContain(authority)
      }
      if (!spec.gateways?.includes('mesh')) return
      const name = spec.hosts?.[0]?.split('.')[0]
      expect(spec.hosts).toEqual(
        ['svc.cluster.local', 'svc', ''].map(end => [name, metadata.namespace, end].filter(Boolean).join('.')),
      )
      expect(spec.gateways).toEqual(['mesh', 'knative-serving/knative-local-gateway'])
      expect(facades.map(facade => facade.metadata.name)).toContain(name)
    },
  )

  it('AIR-30: those of the relay at boot are the rule set current', () => {
    const objects = (file: string) => read(file).map(({ file: _file, ...object }) => object)
    expect(objects('istio/relay/routes.yaml')).toEqual(objects('istio/relay/rules/current.yaml'))
  })

  it('every facade of Bookinfo leads somewhere while no rule set is applied', () => {
    const [defaults] = read('istio/bookinfo/defaults.yaml')
    const prefixes = defaults?.spec.http?.map(route => route.match?.[0]?.authority?.prefix)
    expect(prefixes?.toSorted()).toEqual(
      ['details', 'productpage', 'ratings', 'reviews'].map(name => `${name}-mesh.bookinfo`),
    )
  })
})

describe('the flows', () => {
  it('have channels that try filters again, and tell what was given up: filters have no delivery of their own', () => {
    const parallels = ['commerce']
      .flatMap(suite => below(`eventing/${suite}`))
      .flatMap(read)
      .filter(({ kind }) => kind === 'Parallel')
    expect(parallels.length).toBeGreaterThan(0)
    for (const { spec, metadata } of parallels) {
      const { delivery } = spec.channelTemplate?.spec ?? {}
      expect(delivery?.retry, metadata.name).toBeGreaterThan(0)
      expect(delivery?.deadLetterSink, metadata.name).toBeDefined()
    }
  })
})

describe('the rule sets', () => {
  const names = (suite: string) =>
    readdirSync(`istio/${suite}/rules`)
      .map(file => file.replace('.yaml', ''))
      .toSorted()

  it('of the relay are seven, each with all three routes, so that one replaces another whole', () => {
    expect(names('relay')).toEqual(['beta', 'canary', 'current', 'dev', 'prod', 'retry', 'stress'])
    for (const name of names('relay')) {
      expect(read(`istio/relay/rules/${name}.yaml`).map(each => each.metadata.name)).toEqual([
        'route-front',
        'route-middle',
        'route-core',
      ])
    }
  })

  it('AIR-24 KNI-16: retries are in retry alone, and repeat what a service answered', () => {
    const retrying = virtualServices.filter(({ spec }) => spec.http?.some(route => route.retries))
    expect(new Set(retrying.map(({ file }) => file))).toEqual(new Set(['istio/relay/rules/retry.yaml']))
    for (const { spec } of retrying) {
      expect(spec.http?.at(-1)?.retries).toEqual({
        attempts: 4,
        perTryTimeout: '2s',
        retryOn: '5xx,reset,connect-failure',
      })
    }
  })

  it('BKI-43: and exercises of Bookinfo have the names of the workshop, beside some more', () => {
    const files = [...names('bookinfo'), ...exercises.map(file => file.replace(/^.*\/|\.yaml$/g, ''))]
    expect(files).toEqual(
      expect.arrayContaining([
        ...['simple-routing', 'rule-based-routing'],
        ...['traffic-shifting-v1', 'traffic-shifting-50-v3', 'traffic-shifting-v3'],
        ...['virtual-service-all-v1', 'virtual-service-reviews-test-v2', 'ratings-test-delay', 'ratings-test-abort'],
        ...['bookinfo', 'loadtester', 'reviews-canary', 'reviews-v2', 'reviews-v3'],
      ]),
    )
  })

  it('BKI-43: the exercise bookinfo is what boots, but for the split of reviews', () => {
    const booted = new Map(
      services
        .filter(({ file }) => !file.includes('/exercises/'))
        .map(each => [each.spec.template.metadata?.name, each]),
    )
    const alone = { traffic: [{ revisionName: 'reviews-v1', tag: 'v1', percent: 100 }] }
    for (const exercise of read(`${exercisesFolder}/bookinfo.yaml`)) {
      const boot = booted.get(exercise.spec.template.metadata?.name)
      const changes = exercise.metadata.name === 'reviews' ? alone : {}
      expect({ ...exercise, file: boot?.file }).toEqual({ ...boot, spec: { ...boot?.spec, ...changes } })
    }
  })

  it('BKI-32, BKI-33: the canary is that of the workshop', () => {
    const canary = read(`${exercisesFolder}/reviews-canary.yaml`).find(
      each => each.kind === 'Canary',
    ) as unknown as Canary
    const { interval, threshold, maxWeight, stepWeight, metrics, webhooks } = canary.spec.analysis
    expect([interval, threshold, maxWeight, stepWeight]).toEqual(['1m', 5, 50, 10])
    expect(metrics.map(({ name, thresholdRange, interval }) => [name, thresholdRange, interval])).toEqual([
      ['request-success-rate', { min: 99 }, '1m'],
      ['request-duration', { max: 500 }, '30s'],
    ])
    expect(webhooks[0]?.metadata.cmd).toMatch(/^hey -z 1m -q 10 -c 2 /)
    const templates = read(`${exercisesFolder}/reviews-canary.yaml`).filter(each => each.kind === 'MetricTemplate')
    expect(metrics.map(({ templateRef }) => templateRef.name)).toEqual(templates.map(({ metadata }) => metadata.name))
  })

  it.each(
    suites.flatMap(suite => [
      ...below(`istio/${suite}/rules`),
      // Flagger's own kinds are for a cluster that has it.
      ...(suite === 'bookinfo' ? exercises.filter(file => !file.endsWith('/reviews-canary.yaml')) : []),
    ]),
  )('%s is admitted, and no rule for Knative on Istio is broken by it', async file => {
    const options = { registry: createRegistry(), base: '.', config: () => ({}), now: 0 }
    const suite = file.split('/')[1]
    const booted = (await Promise.all([filesBelow(`istio/${suite}`), filesBelow(`knative/${suite}`)])).flat()
    const own = await readManifests([file], options)
    expect(own.errors).toEqual([])
    const others = await readManifests(booted, options)
    expect(ruleFindings([...others.documents, ...own.documents])).toEqual([])
  })
})

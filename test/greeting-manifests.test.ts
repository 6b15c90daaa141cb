import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'

interface Container {
  name: string
  image: string
  env?: { name: string; value?: string }[]
  ports: { name: string; containerPort: number }[]
  readinessProbe: { httpGet: { path: string } }
}

interface Manifest {
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string> }
  spec: {
    ref?: { name: string }
    delivery?: { deadLetterSink?: object }
    template: { spec: { containers: [Container] } }
  }
}

const read = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.yaml'))
    .flatMap(file =>
      parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map(document => ({
        file,
        manifest: document.toJS() as Manifest,
      })),
    )

const services = read('knative/greeting').filter(({ manifest }) => manifest.kind === 'Service')
const names = services.map(({ manifest }) => manifest.metadata.name)

const grpc = read('knative/greeting-grpc').filter(({ manifest }) => manifest.kind === 'Service')
const http = new Map(services.map(({ manifest }) => [manifest.metadata.name, manifest]))

/** What tells the variants apart: namespace, image, port, and who the service is. */
function overHttp(manifest: Manifest): Manifest {
  const text = JSON.stringify(manifest)
    .replaceAll('greeting-grpc', 'greeting')
    .replaceAll('"h2c"', '"http1"')
    .replace('dev.local/greeting/grpc-gateway', 'dev.local/greeting/gateway')
  const same = JSON.parse(text) as Manifest
  const [container] = same.spec.template.spec.containers
  const letter = container.env?.find(({ name }) => name === 'GREETER')?.value
  if (letter === undefined) return same
  container.image = container.image.replace(/grpc$/, letter)
  const env = container.env?.filter(({ name }) => name !== 'GREETER') ?? []
  const { env: _env, ...bare } = container
  same.spec.template.spec.containers = [env.length > 0 ? { ...container, env } : bare]
  return same
}

describe('the manifests of the greeting system over gRPC', () => {
  it('are those of the variant over HTTP, but for the page', () => {
    expect(grpc.map(({ manifest }) => manifest.metadata.name).toSorted()).toEqual(
      names.filter(name => name !== 'ui').toSorted(),
    )
  })

  it.each(grpc.map(({ manifest }) => [manifest.metadata.name, manifest] as const))(
    '%s differs in namespace, image and port alone',
    (name, manifest) => {
      expect(overHttp(manifest)).toEqual(http.get(name))
      const [container] = manifest.spec.template.spec.containers
      expect(existsSync(`functions/${container.image.replace('dev.local/', '')}/app.ts`)).toBe(true)
      expect(container.ports[0]?.name).toBe(name.startsWith('service-') ? 'h2c' : 'http1')
    },
  )

  it('KNI-28: have the same broker and trigger', () => {
    const atBoot = (suite: string) => read(`eventing/${suite}`).filter(({ file }) => !file.startsWith('exercises/'))
    const of = (suite: string) => JSON.stringify(atBoot(suite).map(({ manifest }) => manifest))
    expect(of('greeting-grpc').replaceAll('greeting-grpc', 'greeting')).toBe(of('greeting'))
  })

  it('OBS-32: map a host to the edge, and one to service A for gRPC clients', () => {
    const mappings = read('knative/greeting-grpc').filter(({ manifest }) => manifest.kind === 'DomainMapping')
    expect(mappings.map(({ manifest }) => [manifest.metadata.name, manifest.spec.ref?.name])).toEqual([
      ['api.greeting-grpc.localhost', 'gateway'],
      ['grpc.greeting-grpc.localhost', 'service-a'],
    ])
  })
})

describe('the manifests of the greeting system', () => {
  it('OBS-29: are A to H, the edge, the page and the dead-letter sink, one file each', () => {
    expect(new Set(names)).toEqual(
      new Set([...'abcdefgh'].map(letter => `service-${letter}`).concat('gateway', 'ui', 'event-display')),
    )
    for (const { file, manifest } of services) expect(file).toBe(`${manifest.metadata.name}.yaml`)
  })

  it.each(services.map(({ manifest }) => [manifest.metadata.name, manifest] as const))(
    'KNI-06 KNI-17: %s has an existing image, no reserved names or ports, and a probe that calls nobody',
    (name, { metadata, spec }) => {
      const [container] = spec.template.spec.containers
      expect(existsSync(`functions/${container.image.replace('dev.local/', '')}/app.ts`)).toBe(true)
      const env = container.env?.map(each => each.name) ?? []
      for (const reserved of ['PORT', 'K_SERVICE', 'K_CONFIGURATION', 'K_REVISION']) expect(env).not.toContain(reserved)
      expect(container.ports).toEqual([{ name: 'http1', containerPort: 8080 }])
      expect(container.readinessProbe.httpGet.path).toBe('/healthz')
      const inside = metadata.labels?.['networking.knative.dev/visibility'] === 'cluster-local'
      expect(inside).toBe(name !== 'gateway' && name !== 'ui')
    },
  )

  it('OBS-32: map each host to a service that exists', () => {
    const mappings = read('knative/greeting').filter(({ manifest }) => manifest.kind === 'DomainMapping')
    expect(mappings.map(({ manifest }) => [manifest.metadata.name, manifest.spec.ref?.name])).toEqual([
      ['api.greeting.localhost', 'gateway'],
      ['api.dev.example-api.com', 'gateway'],
      ['ui.greeting.localhost', 'ui'],
      ['ui.dev.example-api.com', 'ui'],
    ])
  })

  it('KNI-28: every trigger has a dead-letter sink', () => {
    const triggers = read('eventing/greeting').filter(({ manifest }) => manifest.kind === 'Trigger')
    expect(triggers.length).toBeGreaterThan(0)
    for (const { manifest } of triggers) expect(manifest.spec.delivery?.deadLetterSink).toBeDefined()
  })
})

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'

interface Container {
  name: string
  image: string
  env?: { name: string }[]
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

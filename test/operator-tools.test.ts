// What operators of a cluster have at hand: the pages of the tools, each at a host and at a port, and rendered manifests.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { type World, world } from '../local/testing/index.js'
import { objectsOf, refusals } from '../scripts/check-rendered.ts'
import { runProgram } from '../scripts/program.ts'
import { lacks } from './cluster-tools.ts'

const root = join(import.meta.dirname, '..')
const script = (name: string, ...words: string[]) => runProgram(join(root, 'scripts', name), words, root)
const commandsOf = async (name: string, ...words: string[]) => {
  const { code, out, err } = await script(name, ...words, '--dry-run')
  expect(code, err).toBe(0)
  return out.split('\n').flatMap(line => (line.startsWith('+ ') ? [line.slice(2)] : []))
}

describe('AIR-39 the tools at the ingress', () => {
  /** The Services of the tools and their ports, as Istio's samples bring them. */
  const services = { grafana: 3000, prometheus: 9090, kiali: 20001, tracing: 80, zipkin: 9411 }
  let mesh: World

  beforeAll(async () => {
    const objects = Object.entries(services).map(([name, port]) => ({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'istio-system' } },
      spec: { selector: { app: name }, ports: [{ name: 'http', port }] },
    }))
    mesh = await world({ cwd: root, manifests: ['scripts/manifests/telemetry.yaml', ...objects] })
    for (const name of Object.keys(services))
      mesh.service(`${name}.istio-system`, (_request, { host, port }) => new Response(`${host}:${port}`))
  })
  afterAll(() => mesh.close())

  const at = (tool: string, path = '/') => mesh.fetch(`http://${tool}.usvc.algo.fit${path}`)

  it.each(['grafana', 'prometheus', 'kiali'] as const)('%s answers at its host', async tool => {
    const answer = await at(tool)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe(`${tool}.istio-system.svc.cluster.local:${services[tool]}`)
  })

  it.each(['jaeger', 'tracing', 'zipkin'])('%s leads to the page of Jaeger, which is there', async tool => {
    const answer = await at(tool)
    expect(answer.status).toBe(302)
    const { hostname, pathname } = new URL(answer.headers.get('location') ?? '')
    const page = await at(hostname.split('.')[0] ?? '', pathname)
    expect([page.status, await page.text()]).toEqual([200, 'tracing.istio-system.svc.cluster.local:80'])
  })

  it('zipkin takes spans', async () => {
    expect(await (await at('zipkin', '/api/v2/spans')).text()).toBe('zipkin.istio-system.svc.cluster.local:9411')
  })

  it('a tool there is none of is not there', async () => expect((await at('kibana')).status).toBe(404))
})

describe('CC-21 the tools at ports of this machine', () => {
  it('all have one, each its own, to a Service that install-observability brings', async () => {
    const { out } = await script('dashboard', '--help')
    const tools = [...out.matchAll(/^ +(\w+) +http:\/\/127\.0\.0\.1:(\d+)/gm)].map(([, tool = '', port = '']) => ({
      tool,
      port,
    }))
    expect(tools.map(({ tool }) => tool)).toEqual(['jaeger', 'grafana', 'prometheus', 'kiali', 'logs'])
    expect(new Set(tools.map(({ port }) => port)).size).toBe(5)
    for (const { tool, port } of tools) {
      const [command = ''] = await commandsOf('dashboard', tool)
      expect(command).toMatch(
        new RegExp(` --address 127\\.0\\.0\\.1 service/(tracing|grafana|prometheus|kiali) ${port}:\\d+$`),
      )
    }
  })

  it('the logs come from a collector on each node, and go to Loki, which is brought along', async () => {
    const lines = await commandsOf('install-observability')
    expect(lines.some(line => line.endsWith('/samples/addons/loki.yaml'))).toBe(true)
    expect(lines.some(line => line.endsWith('scripts/manifests/logs.yaml'))).toBe(true)
    const text = readFileSync(join(root, 'scripts/manifests/logs.yaml'), 'utf8')
    const objects = parseAllDocuments(text).map(document => document.toJS() as Manifest)
    const [map, set] = ['ConfigMap', 'DaemonSet'].map(kind => objects.find(one => one.kind === kind))
    expect(map?.data?.['fluent-bit.yaml']).toContain('host: loki.istio-system.svc.cluster.local')
    const volumes = set?.spec?.template.spec.volumes ?? []
    expect(volumes.map(({ configMap, hostPath }) => configMap?.name ?? hostPath?.path)).toEqual([
      map?.metadata.name,
      '/var/log',
    ])
    const account = set?.spec?.template.spec.serviceAccountName
    expect(objects.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name)).toEqual([
      account,
    ])
  })
})

interface Manifest {
  kind: string
  metadata: { name: string }
  data?: Record<string, string>
  spec?: {
    template: {
      spec: {
        serviceAccountName?: string
        volumes?: { configMap?: { name: string }; hostPath?: { path: string } }[]
      }
    }
  }
}

describe.skipIf(lacks('kubectl'))('OBS-48 scripts/render', () => {
  const nine = [...'abcdefgh'].map(letter => `service-${letter}`)

  interface Rendered {
    metadata: { name: string; labels: Record<string, string> }
    spec: {
      template: {
        metadata: { labels: Record<string, string>; annotations?: Record<string, string> }
        spec: { containers: { image: string }[] }
      }
    }
  }

  it('prints nine manifests of version 1.5.0 with two instances each, and the API takes them', async () => {
    const words = ['greeting', ...nine, 'gateway', '--replicas', '2', '--version', '1.5.0']
    const { code, out, err } = await script('render', ...words)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const rendering = { name: 'render', text: out }
    expect(refusals(rendering)).toBe('')
    const objects = objectsOf(rendering).map(({ object }) => object as unknown as Rendered)
    expect(objects.map(({ metadata }) => metadata.name).toSorted()).toEqual(['gateway', ...nine])
    for (const { metadata, spec } of objects) {
      expect([metadata.labels.version, spec.template.metadata.labels.version]).toEqual(['1.5.0', '1.5.0'])
      expect(spec.template.metadata.annotations).toEqual({ 'autoscaling.knative.dev/min-scale': '2' })
      expect(spec.template.spec.containers[0]?.image).toMatch(/^dev\.local\/greeting\/(\w|gateway):1\.5\.0$/)
    }
  })

  it('prints all services of a suite when none is named, asleep, from another registry', async () => {
    const { out } = await script('render', 'commerce', '--registry', 'example.org/shop', '--version', '7')
    const objects = objectsOf({ name: 'render', text: out }).map(({ object }) => object as unknown as Rendered)
    expect(objects).toHaveLength(9)
    for (const { metadata, spec } of objects) {
      expect(metadata.labels.version).toBe('7')
      expect(spec.template.metadata.annotations?.['autoscaling.knative.dev/min-scale']).toBeUndefined()
      expect(spec.template.spec.containers[0]?.image).toMatch(/^example\.org\/shop\/commerce\/\w+:7$/)
    }
  })

  it.each([
    [['greeting', 'service-z'], 'there is no service "service-z" of "greeting"; there are: event-display gateway'],
    [['relay', 'front'], 'its versions are the files of knative/relay/front'],
    [['nowhere'], 'there is no suite "nowhere"'],
    [[], 'which suite?'],
    [['greeting', '--replicas', 'two'], '--replicas is a number'],
    [['greeting', '--version', 'a b'], '--version is letters'],
  ])('refuses %j with 2', async (words, message) => {
    const { code, out, err } = await script('render', ...words)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
  })
})

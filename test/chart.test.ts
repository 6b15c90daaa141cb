// The chart: the same objects as the overlays, by one command.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { charted, kustomized, objectsOf, refusals } from '../scripts/check-rendered.ts'
import { runProgram } from '../scripts/program.ts'
import { lacks } from './cluster-tools.ts'

const root = join(import.meta.dirname, '..')

interface KnativeService {
  kind: string
  apiVersion: string
  metadata: { name: string; namespace?: string }
  spec: { template: { spec: { containers: { image: string }[] } } }
}

type Objects = Map<string, unknown>

/** By kind, namespace and name; images without what the chart adds. */
function byName(objects: unknown[]): Objects {
  return new Map(
    objects.map(given => {
      const object = given as KnativeService
      if (object.apiVersion.startsWith('serving.knative.dev/v1') && object.kind === 'Service') {
        for (const container of object.spec.template.spec.containers)
          container.image = container.image.replace(/:0\.1\.0$/, '')
      }
      return [`${object.apiVersion}/${object.kind}/${object.metadata.namespace}/${object.metadata.name}`, object]
    }),
  )
}

async function chart(...flags: string[]): Promise<Objects> {
  return byName(objectsOf(await charted(root, ...flags)).map(({ object }) => object))
}

async function overlay(folder: string): Promise<Objects> {
  return byName(objectsOf(await kustomized(root, folder)).map(({ object }) => object))
}

describe.skipIf(lacks('helm'))('CC-24 the chart', () => {
  it.each([
    [[]],
    [['--values', 'values-production.yaml']],
    [['--set', 'overlay=']],
    [['--set', 'suites={relay}', '--set', 'namespaces=false']],
  ])('renders with %j what the API takes', async flags => {
    expect(refusals(await charted(root, ...flags))).toBe('')
  })

  it.skipIf(lacks('kubectl')).each([
    ['overlays/dev', []],
    ['overlays/production', ['--values', 'values-production.yaml']],
  ])('makes the same as %s', async (folder, flags) => {
    const [fromChart, fromOverlay] = [await chart(...flags), await overlay(folder)]
    expect([...fromChart.keys()].sort()).toEqual([...fromOverlay.keys()].sort())
    for (const [name, object] of fromOverlay) expect(fromChart.get(name), name).toEqual(object)
  })

  it('AIR-42 takes registry, tag and domain', async () => {
    const flags = ['--set', 'images.registry=example.org/x', '--set', 'images.tag=7', '--set', 'domain=example.org']
    const { text } = await charted(root, ...flags)
    expect(text).toContain('image: example.org/x/greeting/a:7\n')
    expect(text).not.toMatch(/image: dev\.local|\.localhost$/m)
    expect(text).toContain('name: api.greeting.example.org')
  })

  it.each([
    [1, ['front-py', 'middleware-prod', 'core-prod']],
    [2, ['front-no', 'middleware-canary', 'core-test']],
    [3, ['front-go', 'middleware-dev', 'core-test']],
    [0, ['front-go', 'middleware-dev', 'core-test']],
  ])('step %i has the revisions %j', async (step, revisions) => {
    const { text } = await charted(root, '--set', `step=${step}`, '--set', 'suites={relay}')
    for (const revision of revisions) expect(text).toContain(`      name: ${revision}\n`)
  })

  it('refuses a suite there is none of', async () => {
    await expect(charted(root, '--set', 'suites={nowhere}')).rejects.toThrow('there is no suite "nowhere"')
  })

  it.each([
    [[]],
    [['--values', 'values-production.yaml']],
    [['--set', 'domain=example.org', '--set', 'suites={relay}']],
  ])('has no flaw that helm lint knows with %j', async flags => {
    const { code, out } = await runProgram('helm', ['lint', '.', '--strict', ...flags], root)
    expect(code, out).toBe(0)
  })

  it('holds the manifests and nothing else', async () => {
    const { code, out } = await runProgram(
      'bash',
      ['-c', 'd=$(mktemp -d) && helm package . -d "$d" >/dev/null && tar tzf "$d"/*.tgz && rm -r "$d"'],
      root,
    )
    expect(code).toBe(0)
    const tops = new Set(
      out
        .trim()
        .split('\n')
        .map(file => file.split('/')[1]),
    )
    expect([...tops].sort()).toEqual(
      [
        'Chart.yaml',
        'eventing',
        'istio',
        'knative',
        'overlays',
        'templates',
        'values-production.yaml',
        'values.yaml',
      ].sort(),
    )
  })
})

// From traffic to the Ingress: each row a Service's traffic, and the paths the mesh gets for it.
import { describe, expect, it } from 'vitest'
import { core } from '../../api/core/types.ts'
import type { Ingress, IngressPath } from '../../api/networking/types.ts'
import { type Service, serving } from '../../api/serving/types.ts'
import { conditionOf } from '../../kernel/conditions.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { World } from '../harness.ts'

type Context = { onTestFinished(stop: () => void): void }

function service(name: string, traffic?: unknown[], metadata: object = {}): KubeObject {
  const template = {
    metadata: { name: `s-${name}` },
    spec: { containers: [{ name: 'c', image: 'a/b', env: [{ name: 'V', value: name }] }] },
  }
  const object = {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: 's', namespace: 'n', ...metadata },
    spec: { template, ...(traffic ? { traffic } : {}) },
  }
  return object
}

/** Two Ready revisions, then this traffic. */
async function world(context: Context, traffic: unknown[], features: Record<string, string> = {}): Promise<World> {
  const made = new World()
  context.onTestFinished(() => made.stop())
  await made.configure('config-features', features)
  await made.apply(service('v1'))
  await made.apply(service('v2'))
  await route(made, traffic)
  return made
}

/** Changes the traffic alone, as a patch does. */
async function route(made: World, traffic: unknown[]): Promise<void> {
  const found = structuredClone(made.get<Service>(serving.service, 'n', 's'))
  made.store.update({ ...found, spec: { ...found.spec, traffic } } as Service)
  await made.settled()
}

/** `host: header→revision=percent …` for each path of a rule. */
function paths(ingress: Ingress, visibility = 'ExternalIP'): string[] {
  return ingress.spec.rules
    .filter(rule => rule.visibility === visibility)
    .flatMap(rule => rule.http.paths.map(path => `${rule.hosts[0]}: ${textOf(path)}`))
}

function textOf({ headers, splits, appendHeaders }: IngressPath): string {
  const tag = headers?.['Knative-Serving-Tag']?.exact
  const added = Object.entries(appendHeaders ?? {}).map(([name, value]) => ` +${name}=${value}`)
  return `${tag ? `${tag}→` : ''}${splits.map(one => `${one.serviceName}=${one.percent}`).join(' ')}${added.join('')}`
}

describe('traffic as paths', () => {
  const rows: [sentence: string, traffic: object[], paths: string[]][] = [
    ['the latest revision alone', [{ latestRevision: true, percent: 100 }], ['s.n.localhost: s-v2=100']],
    ['a named revision alone', [{ revisionName: 's-v1', percent: 100 }], ['s.n.localhost: s-v1=100']],
    [
      'a split',
      [
        { revisionName: 's-v1', percent: 80 },
        { revisionName: 's-v2', percent: 20 },
      ],
      ['s.n.localhost: s-v1=80 s-v2=20'],
    ],
    [
      'two targets of one revision are one',
      [
        { revisionName: 's-v1', percent: 30 },
        { revisionName: 's-v1', percent: 30 },
        { revisionName: 's-v2', percent: 40 },
      ],
      ['s.n.localhost: s-v1=60 s-v2=40'],
    ],
    [
      'a target without percent takes none of the main host',
      [
        { revisionName: 's-v1', percent: 100 },
        { revisionName: 's-v2', tag: 'dev' },
      ],
      ['s.n.localhost: s-v1=100', 'dev-s.n.localhost: s-v2=100'],
    ],
    [
      'a tag has a host of its own, with all of it',
      [
        { revisionName: 's-v1', percent: 90, tag: 'old' },
        { revisionName: 's-v2', percent: 10, tag: 'new' },
      ],
      ['s.n.localhost: s-v1=90 s-v2=10', 'new-s.n.localhost: s-v2=100', 'old-s.n.localhost: s-v1=100'],
    ],
    [
      'one revision under two tags',
      [
        { revisionName: 's-v1', percent: 100, tag: 'a' },
        { revisionName: 's-v1', percent: 0, tag: 'b' },
      ],
      ['s.n.localhost: s-v1=100', 'a-s.n.localhost: s-v1=100', 'b-s.n.localhost: s-v1=100'],
    ],
    [
      'the latest and the same revision by name are one',
      [
        { latestRevision: true, percent: 50 },
        { revisionName: 's-v2', percent: 50 },
      ],
      ['s.n.localhost: s-v2=100'],
    ],
  ]
  it.for(rows)('%s', async ([, traffic, wanted], context) => {
    const made = await world(context, traffic)
    expect(paths(made.ingress('n', 's'))).toEqual(wanted)
  })

  it('inside the cluster the same paths stand under the cluster’s names', async context => {
    const made = await world(context, [{ revisionName: 's-v1', percent: 100, tag: 'old' }])
    const inside = made.ingress('n', 's').spec.rules.filter(one => one.visibility === 'ClusterLocal')
    expect(inside.map(one => one.hosts)).toEqual([
      ['s.n', 's.n.svc', 's.n.svc.cluster.local'],
      ['old-s.n', 'old-s.n.svc', 'old-s.n.svc.cluster.local'],
    ])
  })

  it('each split names its revision for the activator', async context => {
    const made = await world(context, [{ revisionName: 's-v1', percent: 100 }])
    const [split] = made.ingress('n', 's').spec.rules[0]?.http.paths[0]?.splits ?? []
    expect(split).toMatchObject({
      serviceNamespace: 'n',
      servicePort: 80,
      appendHeaders: { 'Knative-Serving-Namespace': 'n', 'Knative-Serving-Revision': 's-v1' },
    })
  })
})

describe('with routing by the tag header', () => {
  const features = { 'tag-header-based-routing': 'enabled' }
  const rows: [sentence: string, traffic: object[], paths: string[]][] = [
    [
      'without tags only the default is marked',
      [{ latestRevision: true, percent: 100 }],
      ['s.n.localhost: s-v2=100 +Knative-Serving-Default-Route=true'],
    ],
    [
      'each tag has a path on the main host, before the default, and is marked on its own',
      [
        { revisionName: 's-v1', percent: 100, tag: 'old' },
        { revisionName: 's-v2', percent: 0, tag: 'new' },
      ],
      [
        's.n.localhost: new→s-v2=100',
        's.n.localhost: old→s-v1=100',
        's.n.localhost: s-v1=100 +Knative-Serving-Default-Route=true',
        'new-s.n.localhost: s-v2=100 +Knative-Serving-Tag=new',
        'old-s.n.localhost: s-v1=100 +Knative-Serving-Tag=old',
      ],
    ],
  ]
  it.for(rows)('%s', async ([, traffic, wanted], context) => {
    const made = await world(context, traffic, features)
    expect(paths(made.ingress('n', 's'))).toEqual(wanted)
  })
})

describe('what an Ingress carries', () => {
  const rows: [sentence: string, annotations: Record<string, string>, option: string][] = [
    ['http is served', {}, 'Enabled'],
    [
      'http is redirected by the route’s own annotation',
      { 'networking.knative.dev/http-protocol': 'redirected' },
      'Redirected',
    ],
    ['the annotation is read in any case', { 'networking.knative.dev/http-protocol': 'ReDirected' }, 'Redirected'],
  ]
  it.for(rows)('%s', async ([, annotations, option], context) => {
    const made = new World()
    context.onTestFinished(() => made.stop())
    await made.apply(service('v1', undefined, { annotations }))
    expect(made.ingress('n', 's').spec.httpOption).toBe(option)
  })

  it('config-network redirects all routes that say nothing themselves', async context => {
    const made = new World()
    context.onTestFinished(() => made.stop())
    await made.apply(service('v1'))
    await made.configure('config-network', { 'http-protocol': 'Redirected' })
    expect(made.ingress('n', 's').spec.httpOption).toBe('Redirected')
  })

  it('hosts of tags are told in an annotation, those inside alone for a route that is cluster-local', async context => {
    const made = new World()
    context.onTestFinished(() => made.stop())
    const labels = { 'networking.knative.dev/visibility': 'cluster-local' }
    await made.apply(service('v1', [{ latestRevision: true, percent: 100, tag: 'now' }], { labels }))
    const ingress = made.ingress('n', 's')
    const hosts = ingress.metadata.annotations?.['networking.internal.knative.dev/tag-to-host'] ?? '{}'
    expect(JSON.parse(hosts)).toEqual({ now: ['now-s.n.svc.cluster.local'] })
    expect(paths(ingress)).toEqual([])
  })

  it('the text of the last apply is not handed down', async context => {
    const made = new World()
    context.onTestFinished(() => made.stop())
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'yes' }
    await made.apply(service('v1', undefined, { annotations }))
    const handed = made.ingress('n', 's').metadata.annotations ?? {}
    expect(handed.mine).toBe('yes')
    expect(Object.keys(handed).some(key => key.includes('last-applied'))).toBe(false)
  })
})

describe('targets that cannot be resolved', () => {
  const rows: [sentence: string, traffic: object[], reason: string, message: string][] = [
    [
      'a revision that does not exist',
      [{ revisionName: 's-v9', percent: 100 }],
      'RevisionMissing',
      'Revision "s-v9" referenced in traffic not found.',
    ],
    [
      'one of several is enough',
      [
        { revisionName: 's-v1', percent: 50 },
        { revisionName: 's-v9', percent: 50 },
      ],
      'RevisionMissing',
      'Revision "s-v9" referenced in traffic not found.',
    ],
    [
      'of two the last one is told',
      [
        { revisionName: 's-v8', percent: 50 },
        { revisionName: 's-v9', percent: 50 },
      ],
      'RevisionMissing',
      'Revision "s-v9" referenced in traffic not found.',
    ],
  ]
  it.for(rows)('%s: told, and the Ingress stays as it was', async ([, traffic, reason, message], context) => {
    const made = await world(context, [{ revisionName: 's-v1', percent: 100 }])
    const before = structuredClone(made.ingress('n', 's').spec)
    await route(made, traffic)
    const { status } = made.get<Service>(serving.service, 'n', 's')
    expect(conditionOf(status?.conditions, 'Ready')).toMatchObject({ status: 'False', reason, message })
    expect(made.ingress('n', 's').spec).toEqual(before)
  })

  it('a tag whose host is too long is told with the label', async context => {
    const made = new World()
    context.onTestFinished(() => made.stop())
    const tag = 't'.repeat(62)
    await made.apply(service('v1', [{ latestRevision: true, percent: 100, tag }]))
    const { status } = made.get<Service>(serving.service, 'n', 's')
    expect(conditionOf(status?.conditions, 'Ready')).toMatchObject({
      status: 'False',
      message: `invalid domain name "${tag}-s.n.localhost": label "${tag}-s" is longer than 63 characters`,
    })
  })
})

describe('placeholder Services', () => {
  const namesOf = (made: World) =>
    made.store
      .list<KubeObject>(core.service, { labels: { 'serving.knative.dev/route': 's' } })
      .map(one => one.metadata.name)
      .sort()

  it('there is one a tag, and one for the route', async context => {
    const made = await world(context, [
      { revisionName: 's-v1', percent: 100, tag: 'a' },
      { revisionName: 's-v2', percent: 0, tag: 'b' },
    ])
    expect(namesOf(made)).toEqual(['a-s', 'b-s', 's'])
  })

  it('a tag renamed takes the old one away', async context => {
    const made = await world(context, [{ revisionName: 's-v1', percent: 100, tag: 'a' }])
    await route(made, [{ revisionName: 's-v1', percent: 100, tag: 'c' }])
    expect(namesOf(made)).toEqual(['c-s', 's'])
  })

  it('labels that others put there stay', async context => {
    const made = await world(context, [{ revisionName: 's-v1', percent: 100 }])
    const found = structuredClone(made.get(core.service, 'n', 's'))
    found.metadata.labels = { ...found.metadata.labels, team: 'a' }
    made.store.update(found)
    await made.settled()
    expect(made.get(core.service, 'n', 's').metadata.labels).toMatchObject({
      team: 'a',
      'serving.knative.dev/route': 's',
    })
  })
})

import { beforeEach, describe, expect, it } from 'vitest'
import { ApiClient } from '../api/client.ts'
import { createRegistry } from '../api/registry.ts'
import type { Service } from '../api/serving/types.ts'
import { FakeClock } from '../kernel/clock.ts'
import type { KubeObject } from '../kernel/object.ts'
import { ObjectStore } from '../kernel/object-store.ts'
import { seededRandom } from '../kernel/random.ts'
import { type ApplyOptions, applyManifests } from './apply.ts'
import { formatManifestError } from './manifest.ts'
import { readSources } from './read.ts'
import { pinned } from './revisions.ts'

const registry = createRegistry()
const serviceKind = { group: 'serving.knative.dev', kind: 'Service' }
const configMapKind = { group: '', kind: 'ConfigMap' }
let store: ObjectStore
let client: ApiClient

beforeEach(() => {
  const clock = new FakeClock()
  store = new ObjectStore({ clock, random: seededRandom(1) })
  client = new ApiClient({ store, registry, clock })
  client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'app' } })
})

function documents(files: Record<string, string>) {
  const sources = Object.entries(files).map(([file, text]) => ({ file, text }))
  const config = (namespace: string, name: string) => client.config(namespace, name)
  const { documents, errors } = readSources(sources, { registry, config, repeats: true })
  expect(errors.map(formatManifestError)).toEqual([])
  return documents
}

async function apply(files: Record<string, string>, options: Partial<ApplyOptions> = {}) {
  const done: string[] = []
  const { applied, errors } = await applyManifests(client, documents(files), {
    applied: {},
    waitReady: async () => {},
    progress: ({ key }, outcome) => void done.push(`${key.slice(key.indexOf('#') + 1)} ${outcome}`),
    ...options,
  })
  return { applied, done, errors: errors.map(formatManifestError) }
}

const configMap = (name: string, value: string, namespace = 'app') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata: {value: ${value}}\n`
const storedValue = (name: string) =>
  store.get<KubeObject & { data: { value: string } }>(configMapKind, 'app', name)?.data.value

describe('applying manifests', () => {
  it('creates, then leaves alone what was applied with the same content', async () => {
    const first = await apply({ 'a.yaml': configMap('x', 'one') })
    expect(first.done).toEqual(['/ConfigMap/app/x created'])
    const again = await apply({ 'a.yaml': configMap('x', 'one') }, { applied: first.applied })
    expect(again).toEqual({ ...first, done: [] })
  })

  it('lets stand what somebody changed since, until the file changes', async () => {
    const { applied } = await apply({ 'a.yaml': configMap('x', 'one') })
    client.patch(
      { ...configMapKind, namespace: 'app', name: 'x' },
      { type: 'merge', patch: { data: { value: 'by-hand' } } },
    )
    await apply({ 'a.yaml': configMap('x', 'one') }, { applied })
    expect(storedValue('x')).toBe('by-hand')
    const { done } = await apply({ 'a.yaml': configMap('x', 'two') }, { applied })
    expect(done).toEqual(['/ConfigMap/app/x configured'])
    expect(storedValue('x')).toBe('two')
  })

  it('without a record applies everything, and says what was so already', async () => {
    await apply({ 'a.yaml': configMap('x', 'one') })
    expect((await apply({ 'a.yaml': configMap('x', 'one') })).done).toEqual(['/ConfigMap/app/x unchanged'])
  })

  it('takes Namespaces first, wherever they stand', async () => {
    const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: late}\n'
    const { done, errors } = await apply({ 'a.yaml': configMap('x', 'one', 'late'), 'b.yaml': namespace })
    expect(errors).toEqual([])
    expect(done).toEqual(['/Namespace/late created', '/ConfigMap/late/x created'])
  })

  it('takes the documents of one object one after the other', async () => {
    const { done, errors } = await apply({ 'a.yaml': ['one', 'one', 'two'].map(v => configMap('x', v)).join('---\n') })
    expect(errors).toEqual([])
    expect(done.map(text => text.split(' ')[1])).toEqual(['created', 'unchanged', 'configured'])
    expect(storedValue('x')).toBe('two')
  })

  it('reads settings of the same set before what they allow', async () => {
    const settings =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config-autoscaler, namespace: app}\ndata: {allow-zero-initial-scale: "true"}\n'
    const { done } = await apply({ 'b.yaml': service({}), 'a.yaml': settings })
    expect(done).toEqual(['/ConfigMap/app/config-autoscaler created', 'serving.knative.dev/Service/app/hello created'])
  })

  it('applies nothing of a file the API refuses a part of, and goes on with others', async () => {
    const policy = (name: string, namespace: string) =>
      `apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\n`
    const { done, errors, applied } = await apply({
      'a.yaml': `${policy('good', 'app')}---\n${policy('bad', 'nowhere')}`,
      'b.yaml': policy('other', 'app'),
    })
    expect(errors).toEqual(['a.yaml:7:1: namespaces "nowhere" not found'])
    expect(done).toEqual(['security.istio.io/PeerAuthentication/app/other created'])
    expect(Object.keys(applied)).toEqual(['b.yaml#security.istio.io/PeerAuthentication/app/other'])
  })

  it('asks for a document that stands alone in its file once, and tries those of a shared file before', async () => {
    const asked: string[] = []
    const counting = {
      get: client.get.bind(client),
      apply(object: KubeObject, options: { dryRun?: boolean } = {}) {
        asked.push(`${object.kind} ${object.metadata.name}${options.dryRun ? ' tried' : ''}`)
        return client.apply(object, options)
      },
    }
    const route = (name: string) =>
      `apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: ${name}, namespace: app}\nspec: {selector: {a: b}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [x.example.com]}]}\n`
    const given = documents({ 'alone.yaml': route('a'), 'shared.yaml': `${route('b')}---\n${route('c')}` })
    const { errors } = await applyManifests(counting, given, { applied: {}, waitReady: async () => {} })
    expect(errors).toEqual([])
    expect(asked).toEqual(['Gateway a', 'Gateway b tried', 'Gateway c tried', 'Gateway b', 'Gateway c'])
  })

  it('points to the field an answer names', async () => {
    const secret = (type: string) =>
      `apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: app}\ntype: ${type}\n`
    await apply({ 'a.yaml': secret('a') })
    const { errors } = await apply({ 'a.yaml': secret('b') })
    expect(errors).toEqual(['a.yaml:4:1: Secret "s" is invalid: type: Invalid value: "b": field is immutable'])
  })
})

interface Written {
  revision?: string
  traffic?: string
  env?: string
}

function service({ revision, traffic, env = 'x' }: Written): string {
  const container = `{name: user-container, image: dev.local/a/b, env: [{name: E, value: ${env}}], readinessProbe: {successThreshold: 1, tcpSocket: {port: 0}}}`
  return `apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: hello, namespace: app}
spec:
  template:
    metadata: {${revision ? `name: ${revision}` : ''}}
    spec: {containers: [${container}]}
${traffic ? `  traffic: ${traffic}\n` : ''}`
}

describe('a Service written revision by revision', () => {
  const split = '[{revisionName: hello-v1, percent: 80}, {revisionName: hello-v2, percent: 20, tag: beta}]'
  const folder = (first: Written = {}, second: Written = {}) => ({
    'k/hello/1-v1.yaml': service({ revision: 'hello-v1', traffic: split, env: 'one', ...first }),
    'k/hello/2-v2.yaml': service({ revision: 'hello-v2', traffic: split, env: 'two', ...second }),
  })
  const current = () => store.get<Service>(serviceKind, 'app', 'hello')

  /** Plays the controllers: the newest named revision becomes ready. Keeps what it saw. */
  function controllers() {
    const seen: string[] = []
    const waitReady = async () => {
      const object = current()
      if (!object) throw new Error('no Service')
      const latest = object.spec.template.metadata?.name ?? ''
      const traffic = (object.spec.traffic ?? []).map(
        one => `${one.latestRevision ? '@latest' : one.revisionName}=${one.percent}`,
      )
      seen.push(`${latest}: ${traffic.join(' ')}`)
      client.updateStatus({ ...object, status: { latestReadyRevisionName: latest } })
    }
    return { seen, waitReady }
  }

  it('waits for each, holds the traffic where it is, and splits it at the end', async () => {
    const { seen, waitReady } = controllers()
    const { errors, done } = await apply(folder(), { waitReady })
    expect(errors).toEqual([])
    expect(done).toHaveLength(2)
    expect(seen).toEqual(['hello-v1: @latest=100', 'hello-v2: hello-v1=100', 'hello-v2: hello-v1=80 hello-v2=20'])
  })

  it('keeps nobody waiting where Services go on beside each other', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const later =
      'apiVersion: v1\nkind: Service\nmetadata: {name: later, namespace: app}\nspec: {type: ExternalName, externalName: x.org}\n'
    const under = apply({ ...folder(), 'k/later.yaml': later }, { waitReady: () => promise, beside: true })
    await expect.poll(() => store.get({ group: '', kind: 'Service' }, 'app', 'later')).toBeDefined()
    expect(current()?.spec.template.metadata?.name).toBe('hello-v1')
    resolve()
    const { errors, done } = await under
    expect(errors).toEqual([])
    expect(done).toHaveLength(3)
  })

  it('is left alone when nothing changed, though the split did', async () => {
    const { applied } = await apply(folder(), controllers())
    client.patch(
      { ...serviceKind, namespace: 'app', name: 'hello' },
      { type: 'merge', patch: { spec: { traffic: [{ revisionName: 'hello-v1', percent: 100 }] } } },
    )
    const { seen, waitReady } = controllers()
    expect((await apply(folder(), { applied, waitReady })).done).toEqual([])
    expect(seen).toEqual([])
    expect(current()?.spec.traffic).toMatchObject([{ revisionName: 'hello-v1', percent: 100 }])
  })

  it('with a new split alone goes through no revision again', async () => {
    const { applied } = await apply(folder(), controllers())
    const { seen, waitReady } = controllers()
    const traffic = '[{revisionName: hello-v1, percent: 50}, {revisionName: hello-v2, percent: 50}]'
    const { done } = await apply(folder({ traffic }, { traffic }), { applied, waitReady })
    expect(seen).toEqual(['hello-v2: hello-v1=50 hello-v2=50'])
    expect(done).toEqual([
      'serving.knative.dev/Service/app/hello unchanged',
      'serving.knative.dev/Service/app/hello configured',
    ])
  })

  it('with a new last revision keeps the old split until it is Ready', async () => {
    const { applied } = await apply(folder(), controllers())
    const { seen, waitReady } = controllers()
    const third = {
      'k/hello/3-v3.yaml': service({
        revision: 'hello-v3',
        traffic: '[{revisionName: hello-v3, percent: 100}]',
        env: 'three',
      }),
    }
    const { errors } = await apply({ ...folder(), ...third }, { applied, waitReady })
    expect(errors).toEqual([])
    expect(seen).toEqual(['hello-v3: hello-v1=80 hello-v2=20', 'hello-v3: hello-v3=100'])
  })

  it('with an earlier document changed ends with the last one all the same', async () => {
    const { applied } = await apply(folder(), controllers())
    const { seen, waitReady } = controllers()
    await apply(folder({ revision: 'hello-v1b' }), { applied, waitReady })
    expect(seen.map(one => one.split(':')[0])).toEqual(['hello-v1b', 'hello-v2', 'hello-v2'])
  })

  it('stops where a revision does not get ready, leaves the traffic, and goes on from there the next time', async () => {
    const good = controllers()
    let calls = 0
    const waitReady = async () => {
      calls += 1
      if (calls > 1) throw new Error('Revision "hello-v2" failed: boom')
      await good.waitReady()
    }
    const { errors, applied } = await apply(folder(), { waitReady })
    expect(errors).toEqual(['k/hello/2-v2.yaml:1:1: Revision "hello-v2" failed: boom'])
    expect(Object.keys(applied)).toEqual(['k/hello/1-v1.yaml#serving.knative.dev/Service/app/hello'])
    expect(current()?.spec.traffic).toMatchObject([{ revisionName: 'hello-v1', percent: 100 }])
    const { seen, waitReady: mended } = controllers()
    await apply(folder(), { applied, waitReady: mended })
    expect(seen).toEqual(['hello-v2: hello-v1=100', 'hello-v2: hello-v1=80 hello-v2=20'])
  })
})

describe('a Service written several times in one file', () => {
  const three = ['one', 'two', 'three'].map((env, index) => service({ revision: `hello-v${index + 1}`, env }))
  const final = service({ revision: 'hello-v3', env: 'three', traffic: '[{revisionName: hello-v2, percent: 100}]' })
  const current = () => store.get<Service>(serviceKind, 'app', 'hello')

  it('gets every revision Ready before the next document, and the traffic of the last', async () => {
    const seen: (string | undefined)[] = []
    const waitReady = async () => {
      const object = current()
      const latestReadyRevisionName = object?.spec.template.metadata?.name ?? ''
      seen.push(latestReadyRevisionName)
      if (object) client.updateStatus({ ...object, status: { latestReadyRevisionName } })
    }
    const { errors, done } = await apply({ 'a.yaml': [...three.slice(0, 2), final].join('---\n') }, { waitReady })
    expect(errors).toEqual([])
    expect(seen).toEqual(['hello-v1', 'hello-v2', 'hello-v3', 'hello-v3'])
    expect(current()?.spec.traffic).toMatchObject([{ revisionName: 'hello-v2', percent: 100 }])
    expect(done.map(text => text.split(' ')[1])).toEqual(['created', 'configured', 'configured'])
  })

  it('may name its own revision in its traffic, with the defaults of the template left out', async () => {
    const bare = (revision: string, traffic: string) =>
      service({ revision, traffic }).replace(/, readinessProbe: .*?\}\}/, '')
    const own = (revision: string) => bare(revision, `[{revisionName: ${revision}, percent: 100}]`)
    const file = { 'a.yaml': `${own('hello-v1')}---\n${own('hello-v2')}` }
    for (let round = 0; round < 2; round++) {
      expect((await apply(file)).errors).toEqual([])
      expect(current()?.spec.traffic).toMatchObject([{ revisionName: 'hello-v2', percent: 100 }])
    }
    const text = current()?.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'] ?? ''
    expect(text).toContain('"revisionName":"hello-v2"')
    expect(text).not.toContain('readinessProbe')
  })

  it('is not touched when something of its file is refused', async () => {
    const policy =
      'apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: g, namespace: nowhere}\n'
    const { errors, done } = await apply({ 'a.yaml': [...three, policy].join('---\n') })
    expect(errors).toEqual([expect.stringContaining('namespaces "nowhere" not found')])
    expect(done).toEqual([])
    expect(current()).toBeUndefined()
  })

  it('stops at the document whose revision does not get ready, and names its line', async () => {
    let calls = 0
    const waitReady = async () => {
      calls += 1
      if (calls === 2) throw new Error('Revision "hello-v2" failed: boom')
    }
    const { errors } = await apply({ 'a.yaml': three.join('---\n') }, { waitReady })
    const line = three[0]?.split('\n').length ?? 0
    expect(errors).toEqual([`a.yaml:${line + 1}:1: Revision "hello-v2" failed: boom`])
    expect(current()?.spec.template.metadata?.name).toBe('hello-v2')
  })
})

describe('held traffic', () => {
  it('names the latest ready revision in place of the latest', () => {
    const traffic = [
      { latestRevision: true, percent: 90, tag: 'now' },
      { revisionName: 'b', latestRevision: false, percent: 10 },
    ]
    expect(pinned(traffic, 'a')).toEqual([
      { latestRevision: false, revisionName: 'a', percent: 90, tag: 'now' },
      traffic[1],
    ])
  })

  it('stays as it is while no revision is ready', () => {
    const traffic = [{ latestRevision: true, percent: 100 }]
    expect(pinned(traffic, undefined)).toBe(traffic)
  })
})

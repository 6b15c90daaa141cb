// A revision's names in the cluster: who stands behind them, and what is said of it.
import { describe, expect, it } from 'vitest'
import { type CoreService, core } from '../../api/core/types.ts'
import { networking, type ServerlessService } from '../../api/networking/types.ts'
import { conditionOf } from '../../kernel/conditions.ts'
import type { KubeObject } from '../../kernel/object.ts'
import { World } from '../harness.ts'
import type { WorkloadStatus } from '../workloads.ts'

type Context = { onTestFinished(stop: () => void): void }

function service(port?: { name: string; containerPort: number }): KubeObject {
  const containers = [{ image: 'a/b', ...(port ? { ports: [port] } : {}) }]
  const metadata = { name: 's', namespace: 'n' }
  const spec = { template: { spec: { containers } } }
  const object = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata, spec }
  return object
}

async function world(context: Context, port?: { name: string; containerPort: number }): Promise<World> {
  const made = new World()
  context.onTestFinished(() => made.stop())
  await made.apply(service(port))
  return made
}

const sksOf = (made: World) => made.get<ServerlessService>(networking.serverlessService, 'n', 's-00001')
const serviceOf = (made: World, name: string) => made.get<CoreService>(core.service, 'n', name)
const brief = (sks: ServerlessService, type: string) => {
  const found = conditionOf(sks.status?.conditions, type)
  return [found?.status, found?.reason, found?.message].filter(Boolean).join(' ')
}

describe('a ServerlessService', () => {
  const rows: [sentence: string, workload: Partial<WorkloadStatus>, said: string][] = [
    [
      'at zero is proxied and has no backends',
      {},
      'Proxy 0 | Unknown NoHealthyBackends K8s Service is not ready | True ActivatorEndpointsPopulated Revision is backed by Activator',
    ],
    [
      'with an instance and no spare capacity is proxied and ready',
      { ready: 1, running: 1, activators: 4 },
      'Proxy 4 | True | True ActivatorEndpointsPopulated Revision is backed by Activator',
    ],
    [
      'with enough instances serves directly',
      { ready: 3, running: 3, activators: 6, direct: true },
      'Serve 6 | True | False ActivatorEndpointsPopulated Revision is backed by Activator',
    ],
    [
      'whose instances all fail has no backends',
      { running: 1, failure: { reason: 'ExitCode1', message: 'x' } },
      'Proxy 0 | Unknown NoHealthyBackends K8s Service is not ready | True ActivatorEndpointsPopulated Revision is backed by Activator',
    ],
  ]
  it.for(rows)('%s', async ([, workload, said], context) => {
    const made = await world(context)
    await made.workload('n', 's-00001', workload)
    const sks = sksOf(made)
    const all = [
      `${sks.spec.mode} ${sks.spec.numActivators}`,
      brief(sks, 'Ready'),
      brief(sks, 'ActivatorEndpointsPopulated'),
    ]
    expect(all.join(' | ')).toBe(said)
    expect(sks.status).toMatchObject({ serviceName: 's-00001', privateServiceName: 's-00001-private' })
  })

  it('belongs to the PodAutoscaler, and its Services to it', async context => {
    const made = await world(context)
    const owners = [sksOf(made), serviceOf(made, 's-00001'), serviceOf(made, 's-00001-private')].map(one =>
      one.metadata.ownerReferences?.map(owner => `${owner.kind} ${owner.name}`).join(),
    )
    expect(owners).toEqual(['PodAutoscaler s-00001', 'ServerlessService s-00001', 'ServerlessService s-00001'])
  })

  it('is not written again while nothing changes', async context => {
    const made = await world(context)
    await made.workload('n', 's-00001', { ready: 1, running: 1 })
    const { version } = made.store
    await made.workload('n', 's-00001', { ready: 1, running: 1 })
    expect(made.store.version).toBe(version)
  })

  it('goes with its revision, and takes its Services along', async context => {
    const made = await world(context)
    await made.delete(made.get({ group: 'serving.knative.dev', kind: 'Service' }, 'n', 's'))
    await made.advance(60_000)
    expect(made.store.list(networking.serverlessService)).toEqual([])
    expect(made.store.list(core.service)).toEqual([])
  })
})

describe('the Services of a revision', () => {
  const rows: [sentence: string, port: { name: string; containerPort: number } | undefined, ports: string[]][] = [
    ['of HTTP/1.1 lead to the port of the queue', undefined, ['http 80 8012', 'https 443 8112']],
    [
      'of h2c are named http2 and lead to the other one',
      { name: 'h2c', containerPort: 9000 },
      ['http2 80 8013', 'https 443 8112'],
    ],
  ]
  it.for(rows)('%s', async ([, port, ports], context) => {
    const made = await world(context, port)
    const said = (name: string) =>
      serviceOf(made, name).spec?.ports?.map(one => `${one.name} ${one.port} ${one.targetPort}`) ?? []
    expect(said('s-00001')).toEqual(ports)
    expect(said('s-00001-private').slice(0, 2)).toEqual(ports)
  })

  it('only the private one selects, and it selects the revision’s pods', async context => {
    const made = await world(context)
    const uid = made.get({ group: 'serving.knative.dev', kind: 'Revision' }, 'n', 's-00001').metadata.uid
    expect(serviceOf(made, 's-00001').spec?.selector).toBeUndefined()
    expect(serviceOf(made, 's-00001-private').spec?.selector).toEqual({ 'serving.knative.dev/revisionUID': uid })
  })

  it('an address that somebody wrote into one stays', async context => {
    const made = await world(context)
    const found = structuredClone(serviceOf(made, 's-00001'))
    made.store.update({ ...found, spec: { ...found.spec, clusterIP: '10.0.0.7', ports: [] } })
    await made.settled()
    expect(serviceOf(made, 's-00001').spec).toMatchObject({
      clusterIP: '10.0.0.7',
      ports: [{ port: 80 }, { port: 443 }],
    })
  })

  it('one of that name that is somebody else’s is left alone and told', async context => {
    const made = new World()
    context.onTestFinished(() => made.stop())
    const metadata = { name: 's-00001-private', namespace: 'n' }
    await made.apply({ apiVersion: 'v1', kind: 'Service', metadata } as KubeObject)
    await made.apply(service())
    await made.workload('n', 's-00001', { ready: 1, running: 1 })
    expect(brief(sksOf(made), 'Ready')).toBe(
      'False NotOwned Resource s-00001-private of type Service is not owned by SKS',
    )
    expect(serviceOf(made, 's-00001-private').spec).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import type { VirtualService } from '../api/istio/types.ts'
import type { KubeObject } from '../kernel/object.ts'
import { type World, type WorldOptions, world } from './world.ts'

type Context = { onTestFinished(stop: () => unknown): void }

async function made(context: Context, options: WorldOptions): Promise<World> {
  const one = await world(options)
  context.onTestFinished(() => one.close())
  return one
}

function knative(name: string, traffic: object[] = []): KubeObject {
  const template = {
    metadata: { name: `${name}-v1` },
    spec: { containers: [{ name: 'user-container', image: 'dev.local/a/b' }] },
  }
  const object = {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { template, ...(traffic.length > 0 ? { traffic } : {}) },
  }
  return object
}

const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }

const facade = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'reviews-mesh', namespace: 'shop' },
  spec: {
    type: 'ExternalName',
    externalName: 'knative-local-gateway.istio-system.svc.cluster.local',
    ports: [{ name: 'http2', port: 80 }],
  },
}

const toGateway = [{ destination: { host: facade.spec.externalName, port: { number: 80 } } }]

function rules(http: VirtualService['spec']['http'] = []): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'reviews', namespace: 'shop' },
    spec: {
      hosts: ['reviews-mesh.shop.svc.cluster.local', 'reviews-mesh.shop'],
      gateways: ['mesh', 'knative-serving/knative-local-gateway'],
      http,
    },
  }
}

const onward = { rewrite: { authority: 'reviews.shop.svc.cluster.local' }, route: toGateway }
const shop = { from: { namespace: 'shop', serviceAccount: 'default' } }

async function json(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>
}

describe('a world', () => {
  it('answers a Knative Service from outside by the revision its traffic names', async context => {
    const mesh = await made(context, { manifests: [namespace, knative('reviews')] })
    const response = await mesh.fetch('http://reviews.shop.localhost/a?b=1')
    expect(response.status).toBe(200)
    expect(await json(response)).toMatchObject({ revision: { namespace: 'shop', name: 'reviews-v1' }, path: '/a?b=1' })
  })

  it('answers as Envoy does where there is nothing', async context => {
    const mesh = await made(context, { manifests: [] })
    const response = await mesh.fetch('http://nobody.shop.localhost/')
    expect(response.status).toBe(404)
    expect(response.headers.get('server')).toBe('istio-envoy')
  })

  it('takes a facade’s rules hop by hop, with the headers of the caller', async context => {
    const mesh = await made(context, { manifests: [namespace, knative('reviews'), facade, rules([onward])] })
    const body = await json(
      await mesh.fetch('http://reviews-mesh.shop/x', { ...shop, headers: { 'x-dev-user': 'me' } }),
    )
    expect(body).toMatchObject({ revision: { name: 'reviews-v1' }, headers: { 'x-dev-user': 'me' } })
  })

  it('lets a test answer for a service', async context => {
    const mesh = await made(context, { manifests: [namespace, knative('reviews')] })
    mesh.service('reviews.shop', request => new Response(`hello ${new URL(request.url).pathname}`, { status: 201 }))
    const response = await mesh.fetch('http://reviews.shop.localhost/you', { method: 'POST', body: 'x' })
    expect([response.status, await response.text()]).toEqual([201, 'hello /you'])
  })

  it('aborts and delays by its own clock', async context => {
    const delayed = { ...onward, fault: { delay: { fixedDelay: '7s', percentage: { value: 100 } } } }
    const mesh = await made(context, { manifests: [namespace, knative('reviews'), facade, rules([delayed])] })
    let answered = false
    const response = mesh.fetch('http://reviews-mesh.shop/', shop).finally(() => {
      answered = true
    })
    await mesh.clock.advance(6_900)
    expect(answered).toBe(false)
    await mesh.clock.advance(200)
    expect((await response).status).toBe(200)
  })

  it('gives a timeout when a handler takes longer than the rule allows', async context => {
    const patient = { ...onward, timeout: '0.5s' }
    const mesh = await made(context, { manifests: [namespace, knative('reviews'), facade, rules([patient])] })
    mesh.service('reviews.shop', () => new Promise(() => {}))
    const response = mesh.fetch('http://reviews-mesh.shop/', shop)
    await mesh.clock.advance(600)
    expect((await response).status).toBe(504)
  })

  it('draws the same for the same seed', async context => {
    const weighted = [
      { ...toGateway[0], weight: 50, headers: { response: { set: { x: 'a' } } } },
      { ...toGateway[0], weight: 50, headers: { response: { set: { x: 'b' } } } },
    ] as VirtualService['spec']['http'] extends (infer R)[] | undefined
      ? R extends { route?: infer T }
        ? T
        : never
      : never
    const draws = async (seed: number) => {
      const manifests = [namespace, knative('reviews'), facade, rules([{ ...onward, route: weighted }])]
      const mesh = await made(context, { manifests, seed })
      const answers = await Promise.all(Array.from({ length: 40 }, () => mesh.fetch('http://reviews-mesh.shop/', shop)))
      return answers.map(({ headers }) => headers.get('x')).join('')
    }
    const first = await draws(1)
    expect(first).toBe(await draws(1))
    expect(first).not.toBe(await draws(2))
    expect(new Set(first)).toEqual(new Set(['a', 'b']))
  })

  it('changes rules in mid-test', async context => {
    const mesh = await made(context, { manifests: [namespace, knative('reviews'), facade, rules([onward])] })
    expect((await mesh.fetch('http://reviews-mesh.shop/', shop)).status).toBe(200)
    await mesh.apply(rules([{ directResponse: { status: 418 } }]))
    expect((await mesh.fetch('http://reviews-mesh.shop/', shop)).status).toBe(418)
  })

  it('lets nothing out: a host outside has a stand-in too', async context => {
    const mesh = await made(context, { manifests: [] })
    mesh.service('api.example.com', () => new Response('outside'))
    const response = await mesh.fetch('http://api.example.com/', { from: { namespace: 'default' } })
    expect(await response.text()).toBe('outside')
  })

  it('refuses what a cluster refuses, with the place', async () => {
    const broken = { ...knative('reviews'), spec: {} }
    await expect(world({ manifests: [broken as KubeObject] })).rejects.toThrow(/object 1:1:\d+: /)
  })

  it('explains what it does', async context => {
    const mesh = await made(context, { manifests: [namespace, knative('reviews'), facade, rules([onward])] })
    const { first } = mesh.explain('http://reviews-mesh.shop/', shop)
    expect(first.door).toBe('sidecar of shop/default, port 80')
    expect(first.rule?.object).toBe('VirtualService shop/reviews spec.http[0]')
    const [gateway] = first.destinations
    expect(gateway?.next?.host).toBe('reviews.shop.svc.cluster.local')
    expect(gateway?.next?.destinations[0]?.endpoints).toEqual(['revision shop/reviews-v1'])
  })

  it('reads files by pattern, the relay of this repository among them', async context => {
    const mesh = await made(context, { manifests: ['knative/relay/**', 'istio/relay/*.yaml'] })
    const dev = { from: { namespace: 'relay' }, headers: { 'x-dev-user': 'betaUser' } }
    expect(await json(await mesh.fetch('http://middleware-svc.relay/', dev))).toMatchObject({
      revision: { namespace: 'relay', name: 'middleware-dev' },
    })
    await expect(world({ manifests: ['nowhere/**'] })).rejects.toThrow('no YAML file fits nowhere/**')
  })
})

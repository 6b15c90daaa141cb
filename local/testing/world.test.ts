import { describe, expect, it, onTestFinished } from 'vitest'
import type { VirtualService } from '../api/istio/types.ts'
import type { KubeObject } from '../kernel/object.ts'
import type { World, WorldOptions } from './index.d.ts'
import { world } from './world.ts'

type Context = { onTestFinished: typeof onTestFinished }

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
    await expect(world({ manifests: [broken as KubeObject] })).rejects.toThrow(/^object 1:8:3: missing field/)
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

function entry(name: string, spec: object): object {
  return { apiVersion: 'networking.istio.io/v1', kind: 'ServiceEntry', metadata: { name, namespace: 'shop' }, spec }
}

const registryOnly = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'istio', namespace: 'istio-system' },
  data: { mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n' },
}

const http = [{ number: 80, name: 'http', protocol: 'HTTP' }]

describe('nothing leaves a world', () => {
  const kinds: [string, object][] = [
    ['DNS', { hosts: ['api.example.com'], ports: http, resolution: 'DNS', location: 'MESH_EXTERNAL' }],
    ['NONE', { hosts: ['api.example.com'], ports: http, resolution: 'NONE', location: 'MESH_EXTERNAL' }],
    ['NONE with a wildcard', { hosts: ['*.example.com'], ports: http, resolution: 'NONE' }],
    [
      'STATIC',
      { hosts: ['api.example.com'], ports: http, resolution: 'STATIC', endpoints: [{ address: '203.0.113.9' }] },
    ],
  ]

  it.each(kinds)('a ServiceEntry with resolution %s has a stand-in', async (_, spec) => {
    const mesh = await made({ onTestFinished }, { manifests: [namespace, registryOnly, entry('api', spec)] })
    mesh.service('api.example.com', () => new Response('outside', { status: 202 }))
    const response = await mesh.fetch('http://api.example.com/v1', shop)
    // A static entry is asked for by its own name, so the handler of that name answers for its addresses.
    expect([response.status, await response.text()]).toEqual([202, 'outside'])
  })

  it.each(['http://unknown.example.org/', 'http://unknown.example.org:8443/', 'http://203.0.113.7:1234/'])(
    'what ALLOW_ANY lets pass has one too: %s',
    async url => {
      const mesh = await made({ onTestFinished }, { manifests: [namespace] })
      const echo = await json(await mesh.fetch(url, shop))
      expect(echo).toMatchObject({ host: new URL(url).hostname, port: Number(new URL(url).port || 80) })
    },
  )

  it('REGISTRY_ONLY blocks what no ServiceEntry names', async context => {
    const mesh = await made(context, { manifests: [namespace, registryOnly] })
    expect((await mesh.fetch('http://unknown.example.org/', shop)).status).toBe(502)
  })

  it('a mirror has a stand-in, and its handler is called once', async context => {
    const mirrored = {
      ...onward,
      mirrors: [{ destination: { host: 'copy.shop.svc.cluster.local', port: { number: 80 } } }],
    }
    const copy = {
      ...facade,
      metadata: { ...facade.metadata, name: 'copy' },
      spec: { selector: { app: 'copy' }, ports: [{ name: 'http', port: 80 }] },
    }
    const mesh = await made(context, { manifests: [namespace, knative('reviews'), facade, copy, rules([mirrored])] })
    let copies = 0
    mesh.service('copy.shop', () => {
      copies++
      return new Response('')
    })
    expect((await mesh.fetch('http://reviews-mesh.shop/', shop)).status).toBe(200)
    expect(copies).toBe(1)
  })

  it('key sets of tokens come from handlers', async context => {
    const keys = { jwksUri: 'https://login.example.com/keys', issuer: 'https://login.example.com' }
    const authentication = {
      apiVersion: 'security.istio.io/v1',
      kind: 'RequestAuthentication',
      metadata: { name: 'login', namespace: 'istio-system' },
      spec: { selector: { matchLabels: { istio: 'ingressgateway' } }, jwtRules: [keys] },
    }
    const mesh = await made(context, { manifests: [namespace, knative('reviews'), authentication] })
    const asked: string[] = []
    mesh.service('login.example.com', request => {
      asked.push(request.url)
      return Response.json({ keys: [] })
    })
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const token = `${part({ alg: 'RS256', kid: 'a' })}.${part({ iss: keys.issuer, exp: 9_999_999_999 })}.${part({})}`
    const response = await mesh.fetch('http://reviews.shop.localhost/', {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(response.status).toBe(401)
    expect(asked).toEqual([keys.jwksUri])
  })
})

describe('backends of a world', () => {
  const plain = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'ratings', namespace: 'shop' },
    spec: { selector: { app: 'ratings' }, ports: [{ name: 'http', port: 9080 }] },
  }
  const subsets = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'ratings', namespace: 'shop' },
    spec: {
      host: 'ratings',
      subsets: [
        { name: 'v1', labels: { version: 'v1' } },
        { name: 'v2', labels: { version: 'v2' } },
      ],
    },
  }
  const toSubset = {
    ...rules([]),
    spec: { hosts: ['ratings'], http: [{ route: [{ destination: { host: 'ratings', subset: 'v2' } }] }] },
  }

  it('a Service without pods is nobody until a test answers for it', async context => {
    const mesh = await made(context, { manifests: [namespace, plain, subsets, toSubset] })
    expect((await mesh.fetch('http://ratings.shop:9080/', shop)).status).toBe(503)
    mesh.service('ratings.shop', (_, { subset }) => new Response(subset))
    expect(await (await mesh.fetch('http://ratings.shop:9080/', shop)).text()).toBe('v2')
  })

  // The gateway behind the facade answers 503 for them: seen from the facade’s rule that is no reset any more.
  it('are tried again by the clock when their connection breaks off', async context => {
    const patient = { ...onward, retries: { attempts: 3, retryOn: '5xx' } }
    const mesh = await made(context, { manifests: [namespace, knative('reviews'), facade, rules([patient])] })
    let tries = 0
    mesh.service('reviews.shop', () => (++tries < 3 ? Response.error() : new Response(`try ${tries}`)))
    const response = mesh.fetch('http://reviews-mesh.shop/', shop)
    await mesh.clock.advance(1_000)
    expect(await (await response).text()).toBe('try 3')
  })

  it('that never answer end with 504 after each try had its time', async context => {
    const patient = { ...onward, retries: { attempts: 2, perTryTimeout: '2s', retryOn: '5xx,reset' } }
    const mesh = await made(context, { manifests: [namespace, knative('reviews'), facade, rules([patient])] })
    let tries = 0
    mesh.service('reviews.shop', () => {
      tries++
      return new Promise(() => {})
    })
    const response = mesh.fetch('http://reviews-mesh.shop/', shop)
    await mesh.clock.advance(7_000)
    expect([(await response).status, tries]).toEqual([504, 3])
  })

  it('that throw answer 500', async context => {
    const mesh = await made(context, { manifests: [namespace, knative('reviews')] })
    mesh.service('reviews.shop', () => {
      throw new Error('broken')
    })
    expect((await mesh.fetch('http://reviews.shop.localhost/')).status).toBe(500)
  })

  it('of one revision can be told apart', async context => {
    const traffic = [{ revisionName: 'reviews-v1', percent: 100 }]
    const mesh = await made(context, { manifests: [namespace, knative('reviews', traffic)] })
    mesh.service('reviews.shop', () => new Response('any'))
    mesh.service('reviews-v1.shop', () => new Response('v1'))
    expect(await (await mesh.fetch('http://reviews.shop.localhost/')).text()).toBe('v1')
  })
})

describe('rules that change', () => {
  it('are gone when their object is deleted', async context => {
    const mesh = await made(context, { manifests: [namespace, knative('reviews'), facade, rules([onward])] })
    await mesh.apply(rules([{ directResponse: { status: 418 } }]))
    await mesh.delete('VirtualService', 'reviews', 'shop')
    expect((await mesh.fetch('http://reviews-mesh.shop/', shop)).status).toBe(404)
    await expect(mesh.delete('VirtualService', 'reviews', 'shop')).rejects.toThrow('no VirtualService shop/reviews')
  })
})

describe('https', () => {
  it('from outside is the gateway’s development listener unless a Gateway has one', async context => {
    const mesh = await made(context, { manifests: [namespace, knative('reviews')] })
    const echo = await json(await mesh.fetch('https://reviews.shop.localhost/'))
    expect(echo).toMatchObject({ headers: { 'x-forwarded-proto': 'https' } })
  })

  it('from inside is refused: no rule can see it', async context => {
    const mesh = await made(context, { manifests: [namespace] })
    await expect(mesh.fetch('https://api.example.com/', shop)).rejects.toThrow('write http://api.example.com/')
  })
})

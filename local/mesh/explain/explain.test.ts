import { beforeAll, describe, expect, it } from 'vitest'
import { createRegistry } from '../../api/registry.ts'
import { planCluster } from '../../composition/network/planned-cluster.ts'
import { feedRoutes } from '../../composition/network/routes.ts'
import { FakeClock } from '../../kernel/clock.ts'
import { silentLog } from '../../kernel/log.ts'
import { seededRandom } from '../../kernel/random.ts'
import { readSources } from '../../manifests/read.ts'
import type { Entrance } from '../proxy/door.ts'
import { explain } from './explain.ts'
import type { ExplainedHop } from './explanation.d.ts'
import { callerOf, type ExplainedMesh } from './step.ts'

const knative = `apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: reviews, namespace: app}
spec:
  template:
    metadata: {name: reviews-v1, labels: {app: reviews}}
    spec:
      containers: [{name: user-container, image: dev.local/a/b, readinessProbe: {successThreshold: 1, tcpSocket: {port: 0}}}]
  traffic: [{revisionName: reviews-v1, percent: 100, tag: prod}]`

const rules = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: facade, namespace: app}
spec:
  hosts: [facade.app.svc.cluster.local]
  gateways: [mesh, knative-serving/knative-local-gateway, knative-serving/knative-ingress-gateway]
  http:
    - name: dev
      match: [{headers: {x-dev-user: {exact: me}}, uri: {prefix: /old}}]
      rewrite: {authority: prod-reviews.app.svc.cluster.local, uri: /new}
      headers: {request: {set: {x-a: "1"}, remove: [x-b]}, response: {add: {x-c: "3"}}}
      timeout: 2s
      retries: {attempts: 3, perTryTimeout: 500ms, retryOn: "5xx,429"}
      fault: {delay: {fixedDelay: 1s, percentage: {value: 10}}, abort: {httpStatus: 503, percentage: {value: 5}}}
      mirrors: [{destination: {host: plain.app.svc.cluster.local, port: {number: 80}}, percentage: {value: 20}}]
      route: [{destination: {host: knative-local-gateway.istio-system.svc.cluster.local, port: {number: 80}}}]
    - match: [{uri: {exact: /moved}}]
      redirect: {uri: /here, redirectCode: 308}
    - match: [{uri: {exact: /teapot}}]
      directResponse: {status: 418}
    - match: [{queryParams: {v: {exact: "2"}}}]
      route:
        - {destination: {host: plain.app.svc.cluster.local, port: {number: 80}}, weight: 30}
        - {destination: {host: gone.app.svc.cluster.local}, weight: 70}`

const facade = `apiVersion: v1
kind: Service
metadata: {name: facade, namespace: app}
spec: {type: ExternalName, externalName: knative-local-gateway.istio-system.svc.cluster.local, ports: [{name: http2, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: plain, namespace: app}
spec: {selector: {app: nobody}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: app}`

const tokens = `apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: login, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  jwtRules: [{issuer: me, jwks: '{"keys": []}'}]`

const closed = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: members, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  action: DENY
  rules:
    - from: [{source: {notRequestPrincipals: ["*"]}}]
      to: [{operation: {ports: ["8080"]}}]`

const pods = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: api-only, namespace: app}
spec: {rules: [{to: [{operation: {paths: [/api]}}]}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict, namespace: app}
spec: {mtls: {mode: STRICT}}`

async function planned(texts: Record<string, string>): Promise<ExplainedMesh> {
  const sources = Object.entries(texts).map(([file, text]) => ({ file, text }))
  const { documents, errors } = readSources(sources, { registry: createRegistry() })
  expect(errors).toEqual([])
  const cluster = planCluster({ clock: new FakeClock(), random: seededRandom(1) })
  expect(await cluster.apply(documents)).toEqual([])
  const made: { mesh?: ExplainedMesh } = {}
  feedRoutes({
    store: cluster.store,
    log: silentLog,
    setTable(table, objects) {
      made.mesh = { table, objects, manifests: documents }
    },
  }).stop()
  cluster.stop()
  if (!made.mesh) throw new Error('no table was made')
  return made.mesh
}

const inside: Entrance = { caller: callerOf('app/page', {}), port: 80 }
const outside: Entrance = { gatewayPort: 80 }

function first(mesh: ExplainedMesh, url: string, entrance: Entrance, headers: string[] = []): ExplainedHop {
  return explain(mesh, { url: new URL(url), method: 'GET', headers, entrance }).first
}

describe('explain', () => {
  let mesh: ExplainedMesh
  beforeAll(async () => {
    mesh = await planned({ 'a.yaml': knative, 'rules.yaml': rules, 'facade.yaml': facade })
  })

  it('names the door, the virtual host and the rule with its line', () => {
    const hop = first(mesh, 'http://facade.app/old', inside, ['x-dev-user', 'me'])
    expect(hop.door).toBe('sidecar of app/page, port 80')
    expect(hop.rule).toEqual({
      name: 'dev',
      object: 'VirtualService app/facade spec.http[0].match[0]',
      at: 'rules.yaml:9',
    })
  })

  it('says all that the rule does', () => {
    expect(first(mesh, 'http://facade.app/old?a=1', inside, ['x-dev-user', 'me']).effects).toEqual({
      host: 'prod-reviews.app.svc.cluster.local',
      target: '/new?a=1',
      requestHeaders: [
        { do: 'remove', name: 'x-b' },
        { do: 'set', name: 'x-a', value: '1' },
      ],
      responseHeaders: [{ do: 'add', name: 'x-c', value: '3' }],
      fault: { delay: { percent: 10, ms: 1_000 }, abort: expect.objectContaining({ percent: 5, status: 503 }) },
      cors: false,
      timeoutMs: 2_000,
      retries: { attempts: 3, on: expect.arrayContaining(['5xx', '429']), perTryTimeoutMs: 500 },
      mirrors: [{ cluster: 'outbound|80||plain.app.svc.cluster.local', percent: 20 }],
    })
  })

  it('goes on at the gateway with the request as the rule leaves it', () => {
    const [gateway] = first(mesh, 'http://facade.app/old', inside, ['x-dev-user', 'me']).destinations
    expect(gateway?.next).toMatchObject({
      door: 'gateway port 8081',
      host: 'prod-reviews.app.svc.cluster.local',
      target: '/new',
      rule: { at: 'a.yaml:9' },
    })
    expect(gateway?.next?.destinations[0]?.endpoints).toEqual(['revision app/reviews-v1'])
  })

  it('says of each rule passed over the first condition that does not hold', () => {
    const { passedOver } = first(mesh, 'http://facade.app/elsewhere?v=1', inside)
    expect(passedOver.map(({ rule, field, wanted, actual }) => [rule.at, field, wanted, actual])).toEqual([
      ['rules.yaml:9', 'uri', 'prefix /old', '/elsewhere'],
      ['rules.yaml:17', 'uri', 'exact /moved', '/elsewhere'],
      ['rules.yaml:19', 'uri', 'exact /teapot', '/elsewhere'],
      ['rules.yaml:21', 'queryParams.v', 'exact 2', '1'],
    ])
  })

  it.each([
    ['http://facade.app/moved', inside, '308 to http://facade.app/here'],
    ['http://facade.app/teapot', inside, '418 by the rule itself'],
    ['http://facade.app/elsewhere', inside, '404: no rule of this host matches'],
    [
      'http://unknown.example.com/',
      inside,
      'passed on to the address the caller wanted: the mesh does not know this host (ALLOW_ANY)',
    ],
    ['http://unknown.example.com/', outside, '404: no rule at this port is for this host'],
    ['http://facade.app/%00', outside, '400: the path is not a valid one'],
    [
      'http://facade.app/',
      { gatewayPort: 9 },
      'connection refused: no Gateway opens this port for plain HTTP; opened are 80, 8081, and 443 for development',
    ],
    [
      'https://facade.app/',
      { gatewayPort: 444, serverName: 'facade.app' },
      'connection refused: no Gateway has a TLS server for facade.app at this port',
    ],
  ] as [string, Entrance, string][])('%s ends at the mesh itself', (url, entrance, answer) => {
    expect(first(mesh, url, entrance).answer).toBe(answer)
  })

  it('tells shares, and destinations that are not there', () => {
    const { destinations } = first(mesh, 'http://facade.app/x?v=2', inside)
    expect(destinations.map(({ share, endpoints }) => [share, endpoints])).toEqual([
      [30, ['503 no healthy upstream: it has no endpoints']],
      [70, ['503 with an empty body: no such service, port or subset']],
    ])
  })

  it('knows hosts that are called nearly so', () => {
    expect(first(mesh, 'http://revews.app.localhost/', outside).nearest[0]).toBe('reviews.app.localhost')
  })

  it('takes the Host header where one is given', () => {
    expect(first(mesh, 'http://127.0.0.1/', outside, ['Host', 'reviews.app.localhost']).virtualHost).toBe(
      'reviews.app.localhost:80',
    )
  })
})

describe('policies', () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = `${part({ alg: 'RS256' })}.${part({ iss: 'me', sub: 'you' })}.${part({})}`

  it('of the gateway end a request without a token', async () => {
    const mesh = await planned({ 'a.yaml': knative, 'b.yaml': `${facade}\n---\n${tokens}\n---\n${closed}` })
    const hop = first(mesh, 'http://reviews.app.localhost/', outside)
    expect(hop.answer).toBe('403: RBAC: access denied')
    expect(hop.policies.map(({ policy, says, denies }) => [policy.object, says, denies])).toEqual([
      [
        'RequestAuthentication istio-system/login spec.jwtRules[0]',
        'a token of me is not there, which this policy alone lets pass',
        false,
      ],
      ['AuthorizationPolicy istio-system/members spec.rules[0]', 'DENY: rules[0] matches', true],
    ])
    expect(hop.policies[1]?.policy.at).toBe('b.yaml:29')
  })

  it('let one pass whose token is taken to be valid', async () => {
    const mesh = await planned({ 'a.yaml': knative, 'b.yaml': `${facade}\n---\n${tokens}\n---\n${closed}` })
    const hop = first(mesh, 'http://reviews.app.localhost/', outside, ['authorization', `Bearer ${token}`])
    expect(hop.answer).toBeUndefined()
    expect(hop.policies.map(({ denies }) => denies)).toEqual([false, false])
  })

  it('before pods see the activator, and what they refuse is told at the destination', async () => {
    const mesh = await planned({ 'a.yaml': knative, 'b.yaml': `${facade}\n---\n${pods}` })
    const [destination] = first(mesh, 'http://reviews.app.localhost/other', outside).destinations
    expect(destination?.policies.map(({ at, policy, denies }) => [at, policy.object, denies])).toEqual([
      ['pods of app/reviews-v1', 'PeerAuthentication app/strict spec.mtls', false],
      ['pods of app/reviews-v1', 'AuthorizationPolicy app/api-only', true],
    ])
    const [api] = first(mesh, 'http://reviews.app.localhost/api', outside).destinations
    expect(api?.policies.some(({ denies }) => denies)).toBe(false)
  })
})

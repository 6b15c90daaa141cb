import { describe, expect, it } from 'vitest'
import { analyze, rules } from '../../analyze/analyze.ts'
import { createRegistry } from '../../api/registry.ts'
import { readSources } from '../../manifests/read.ts'

/** `SK201 a.yaml:12` for each finding; YAML that admission refuses is a mistake of the test. */
function found(text: string): string[] {
  const { documents, errors } = readSources([{ file: 'a.yaml', text }], { registry: createRegistry(), repeats: true })
  expect(errors).toEqual([])
  return analyze(documents).map(({ id, line }) => `${id} ${line}`)
}

const join = (...documents: string[]) => documents.join('\n---\n')

const lines = (text: string, indent: string) => text.replaceAll('\n', `\n${indent}`)

/** A rule set of one VirtualService; `http` begins on line 8. */
function route(
  http: string,
  { name = 'route', hosts = '[reviews-mesh.app.svc.cluster.local]', gateways = '[mesh]' } = {},
): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: app}
spec:
  hosts: ${hosts}
  gateways: ${gateways}
  http:
    ${lines(http, '    ')}`
}

/** A Knative Service with the traffic and template given as flow YAML. */
function knative(
  name: string,
  { revision = '', annotations = '', env = '', traffic = '', container = '' } = {},
): string {
  const metadata = [revision && `name: ${revision}`, annotations && `annotations: {${annotations}}`].filter(Boolean)
  const named = revision ? 'name: user-container, readinessProbe: {successThreshold: 1, tcpSocket: {port: 0}}, ' : ''
  return `apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: ${name}, namespace: app}
spec:
  template:
    metadata: {${metadata.join(', ')}}
    spec:
      containers:
        - {${container || named}image: dev.local/a/b${env ? `, env: [${env}]` : ''}}${traffic ? `\n  traffic: [${traffic}]` : ''}`
}

const gateway = 'knative-local-gateway.istio-system.svc.cluster.local'
const onward = `route: [{destination: {host: ${gateway}, port: {number: 80}}}]`
const toReviews = `- rewrite: {authority: reviews.app.svc.cluster.local}\n  ${onward}`
const facade = `apiVersion: v1
kind: Service
metadata: {name: reviews-mesh, namespace: app}
spec: {type: ExternalName, externalName: ${gateway}, ports: [{name: http2, port: 80}]}`
const service = (name: string, spec = 'selector: {app: x}, ports: [{name: http, port: 9080}]') =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: app}\nspec: {${spec}}`
const config = (name: string, data: string, namespace = 'knative-serving') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata: {${data}}`
const istio = (kind: string, spec: string, namespace = 'app', group = 'networking') =>
  `apiVersion: ${group}.istio.io/v1\nkind: ${kind}\nmetadata: {name: one, namespace: ${namespace}}\nspec: ${spec}`
const access = (spec: string, namespace = 'app') => istio('AuthorizationPolicy', spec, namespace, 'security')
const other = (group: string, version: string, kind: string, name: string, spec: string) =>
  `apiVersion: ${group}/${version}\nkind: ${kind}\nmetadata: {name: ${name}, namespace: app}\nspec: ${spec}`
const trigger = (subscriber: string, more = '') =>
  other('eventing.knative.dev', 'v1', 'Trigger', 'one', `{broker: events, subscriber: ${subscriber}${more}}`)
const broker = (spec = '{}') => other('eventing.knative.dev', 'v1', 'Broker', 'events', spec)
const mapping = `apiVersion: serving.knative.dev/v1beta1
kind: DomainMapping
metadata: {name: shop.example.com, namespace: app}
spec: {ref: {kind: Service, name: reviews, apiVersion: serving.knative.dev/v1}}`

const claims = config('config-network', 'autocreate-cluster-domain-claims: "true"')
const sink = '{ref: {kind: Service, name: dead, apiVersion: serving.knative.dev/v1}}'

/** A Gateway with one server, and a VirtualService bound to it whose rules begin on line 13. */
const connections = (server: string, kind: string, host = 'there') =>
  `${istio('Gateway', `{selector: {istio: ingressgateway}, servers: [{hosts: ["*"], ${server}}]}`)}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: route, namespace: app}
spec:
  hosts: [shop.test]
  gateways: [one]
  ${kind}:
    - ${kind === 'tls' ? 'match: [{sniHosts: [shop.test]}]' : 'match: [{port: 443}]'}
      route: [{destination: {host: ${host}, port: {number: 9080}}}]`
const passing = 'port: {number: 443, name: t, protocol: TLS}, tls: {mode: PASSTHROUGH}'
const ending = 'port: {number: 443, name: t, protocol: TLS}, tls: {mode: SIMPLE, credentialName: c}'
const bytes = 'port: {number: 443, name: t, protocol: TCP}'
const http = 'port: {number: 443, name: t, protocol: HTTPS}, tls: {mode: SIMPLE, credentialName: c}'

/** What is wrong with its finding, and the same put right. */
const table: [id: string, at: string, wrong: string, right: string][] = [
  [
    'SK002 a warning of Istio’s validation',
    '8',
    join(route(`- fault: {abort: {percentage: {value: 5}}}\n  ${onward}`)),
    join(route(`- fault: {abort: {percentage: {value: 5}, httpStatus: 503}}\n  ${onward}`)),
  ],
  [
    'SK101 rules on a Knative Service’s own host',
    '5',
    join(route(toReviews, { hosts: '[reviews.app.svc.cluster.local]' }), knative('reviews')),
    join(route(toReviews), knative('reviews')),
  ],
  [
    'SK102 a bare name at a gateway',
    '5',
    join(
      route(toReviews, { hosts: '[shop]', gateways: '[knative-serving/knative-ingress-gateway]' }),
      knative('reviews'),
    ),
    join(
      route(toReviews, { hosts: '[shop.example.com]', gateways: '[knative-serving/knative-ingress-gateway]' }),
      knative('reviews'),
    ),
  ],
  [
    'SK103 two objects for one host in the mesh',
    '15',
    join(route(toReviews), route(toReviews, { name: 'second' }), knative('reviews')),
    join(route(toReviews), route(toReviews, { name: 'second', hosts: '[other.example.com]' }), knative('reviews')),
  ],
  [
    'SK105 a bare name in a URL',
    '9',
    join(knative('page', { env: '{name: NEXT, value: "http://reviews/"}' }), knative('reviews')),
    join(knative('page', { env: '{name: NEXT, value: "http://reviews.app/"}' }), knative('reviews')),
  ],
  [
    'SK106 the name Knative gives its own rules',
    '3',
    join(route(toReviews, { name: 'reviews-mesh' }), knative('reviews')),
    join(route(toReviews, { name: 'reviews-facade' }), knative('reviews')),
  ],
  [
    'SK107 a Service named as a Knative Service',
    '3',
    join(service('reviews'), knative('reviews')),
    join(service('reviews-mesh'), knative('reviews')),
  ],
  [
    'SK108 a port of a Knative Service',
    '9',
    join(knative('page', { env: '{name: NEXT, value: "http://reviews.app:9080/x"}' }), knative('reviews')),
    join(knative('page', { env: '{name: NEXT, value: "http://reviews.app:80/x"}' }), knative('reviews')),
  ],
  [
    'SK201 a rule that no request reaches',
    '10',
    join(route(`${toReviews}\n${toReviews.replace('- ', '- match: [{uri: {prefix: /a}}]\n  ')}`), knative('reviews')),
    join(route(`${toReviews.replace('- ', '- match: [{uri: {prefix: /a}}]\n  ')}\n${toReviews}`), knative('reviews')),
  ],
  [
    'SK202 retries without conditions',
    '10',
    join(route(`${toReviews}\n  retries: {attempts: 2}`), knative('reviews')),
    join(route(`${toReviews}\n  retries: {attempts: 2, retryOn: 5xx}`), knative('reviews')),
  ],
  [
    'SK203 a fault without a percentage',
    '10',
    join(route(`${toReviews}\n  fault: {delay: {fixedDelay: 2s}}`), knative('reviews')),
    join(route(`${toReviews}\n  fault: {delay: {fixedDelay: 2s, percentage: {value: 100}}}`), knative('reviews')),
  ],
  [
    'SK204 weights that are no percents',
    '8',
    join(
      route('- route: [{destination: {host: a}, weight: 1}, {destination: {host: b}, weight: 2}]'),
      service('a'),
      service('b'),
    ),
    join(
      route('- route: [{destination: {host: a}, weight: 40}, {destination: {host: b}, weight: 60}]'),
      service('a'),
      service('b'),
    ),
  ],
  [
    'SK205 an authority of the rule and one of a destination',
    '9',
    join(
      route(
        `- rewrite: {authority: reviews.app.svc.cluster.local}\n  route: [{destination: {host: ${gateway}}, headers: {request: {set: {Host: x.app}}}}]`,
      ),
      knative('reviews'),
    ),
    join(
      route(`- route: [{destination: {host: ${gateway}}, headers: {request: {set: {Host: x.app}}}}]`),
      knative('reviews'),
    ),
  ],
  [
    'SK206 a fault beside retries',
    '10',
    join(
      route(
        `${toReviews}\n  fault: {abort: {httpStatus: 500, percentage: {value: 10}}}\n  retries: {attempts: 2, retryOn: 5xx}`,
      ),
      knative('reviews'),
    ),
    join(route(`${toReviews}\n  fault: {abort: {httpStatus: 500, percentage: {value: 10}}}`), knative('reviews')),
  ],
  [
    'SK207 a timeout that no cold start meets',
    '10',
    join(route(`${toReviews}\n  timeout: 0.5s`), knative('reviews')),
    join(
      route(`${toReviews}\n  timeout: 0.5s`),
      knative('reviews', { annotations: 'autoscaling.knative.dev/min-scale: "1"' }),
    ),
  ],
  [
    'SK208 a tag header that Knative does not look at',
    '10',
    join(route(`${toReviews}\n  headers: {request: {set: {Knative-Serving-Tag: beta}}}`), knative('reviews')),
    join(
      route(`${toReviews}\n  headers: {request: {set: {Knative-Serving-Tag: beta}}}`),
      knative('reviews'),
      config('config-features', 'tag-header-based-routing: enabled'),
    ),
  ],
  [
    'SK301 a host that nobody serves',
    '8',
    route('- route: [{destination: {host: gone}}]'),
    join(route('- route: [{destination: {host: there}}]'), service('there')),
  ],
  [
    'SK302 a port that is not there',
    '8',
    join(route('- route: [{destination: {host: there, port: {number: 80}}}]'), service('there')),
    join(route('- route: [{destination: {host: there, port: {number: 9080}}}]'), service('there')),
  ],
  [
    'SK303 a subset that nobody defines',
    '8',
    join(route('- route: [{destination: {host: there, subset: v1}}]'), service('there')),
    join(
      route('- route: [{destination: {host: there, subset: v1}}]'),
      service('there'),
      istio('DestinationRule', '{host: there, subsets: [{name: v1, labels: {version: v1}}]}'),
    ),
  ],
  [
    'SK304 a Knative host without a rewrite',
    '8',
    join(
      route('- route: [{destination: {host: reviews.app.svc.cluster.local, port: {number: 80}}}]'),
      knative('reviews'),
    ),
    join(
      route(
        '- rewrite: {authority: reviews.app.svc.cluster.local}\n  route: [{destination: {host: reviews.app.svc.cluster.local, port: {number: 80}}}]',
      ),
      knative('reviews'),
    ),
  ],
  [
    'SK305 a mirror through a gateway',
    '10',
    join(route(`${toReviews}\n  mirror: {host: ${gateway}}`), knative('reviews')),
    join(route(`${toReviews}\n  mirror: {host: copy}`), knative('reviews'), service('copy')),
  ],
  [
    'SK306 a revision that no header names',
    '8',
    join(
      route('- route: [{destination: {host: reviews-v1.app.svc.cluster.local}}]'),
      knative('reviews', { revision: 'reviews-v1' }),
    ),
    join(
      route(
        '- headers: {request: {set: {Knative-Serving-Namespace: app, Knative-Serving-Revision: reviews-v1}}}\n  route: [{destination: {host: reviews-v1.app.svc.cluster.local}}]',
      ),
      knative('reviews', { revision: 'reviews-v1' }),
    ),
  ],
  [
    'SK307 subsets of a Knative host',
    '4',
    join(istio('DestinationRule', '{host: reviews, subsets: [{name: v1, labels: {version: v1}}]}'), knative('reviews')),
    join(istio('DestinationRule', '{host: there, subsets: [{name: v1, labels: {version: v1}}]}'), service('there')),
  ],
  [
    'SK308 bytes for somebody who takes HTTP',
    '14',
    join(connections(passing, 'tls', 'reviews'), knative('reviews')),
    join(connections(passing, 'tls'), service('there')),
  ],
  [
    'SK308 bytes for nobody',
    '14',
    connections(bytes, 'tcp', 'gone'),
    join(connections(bytes, 'tcp'), service('there')),
  ],
  [
    'SK401 a Gateway that is not there',
    '6',
    join(route(toReviews, { gateways: '[shop]' }), knative('reviews')),
    join(route(toReviews, { gateways: '[knative-serving/knative-local-gateway]' }), knative('reviews')),
  ],
  [
    'SK402 a Gateway that selects nothing',
    '4',
    istio(
      'Gateway',
      '{selector: {istio: egressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.example.com]}]}',
    ),
    istio(
      'Gateway',
      '{selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.example.com]}]}',
    ),
  ],
  [
    'SK403 a second Gateway for every host',
    '4',
    istio(
      'Gateway',
      '{selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}',
    ),
    istio(
      'Gateway',
      '{selector: {istio: ingressgateway}, servers: [{port: {number: 9080, name: http, protocol: HTTP}, hosts: ["*"]}]}',
    ),
  ],
  [
    'SK404 two objects for one host at a gateway',
    '15',
    join(
      ...['a', 'b'].map(name => route(toReviews, { name, gateways: '[knative-serving/knative-local-gateway]' })),
      knative('reviews'),
    ),
    join(
      ...['a', 'a'].map(name => route(toReviews, { name, gateways: '[knative-serving/knative-local-gateway]' })),
      knative('reviews'),
    ),
  ],
  [
    'SK405 a domain that is mapped and routed',
    '5',
    join(
      route(toReviews, { hosts: '[shop.example.com]', gateways: '[knative-serving/knative-ingress-gateway]' }),
      knative('reviews'),
      mapping,
      claims,
    ),
    join(
      route(toReviews, { hosts: '[other.example.com]', gateways: '[knative-serving/knative-ingress-gateway]' }),
      knative('reviews'),
      mapping,
      claims,
    ),
  ],
  [
    'SK406 a rule for names where TLS ends',
    '13',
    join(connections(ending, 'tls'), service('there')),
    join(connections(ending, 'tcp'), service('there')),
  ],
  [
    'SK406 a rule for names where there is no TLS',
    '13',
    join(connections(bytes, 'tls'), service('there')),
    join(connections(bytes, 'tcp'), service('there')),
  ],
  [
    'SK406 a rule for bytes where they pass by name',
    '13',
    join(connections(passing, 'tcp'), service('there')),
    join(connections(passing, 'tls'), service('there')),
  ],
  [
    'SK406 a rule for bytes where requests are read',
    '13',
    join(connections(http, 'tcp'), service('there')),
    join(connections(http.replace('HTTPS', 'TLS'), 'tcp'), service('there')),
  ],
  [
    'SK501 a facade without a port for HTTP',
    '4',
    service('reviews-mesh', `type: ExternalName, externalName: ${gateway}, ports: [{name: any, port: 80}]`),
    facade,
  ],
  [
    'SK502 a facade that only sidecars see',
    '14',
    join(
      route(toReviews, { hosts: '[there]' }),
      service('there', 'ports: [{name: http, port: 80}]'),
      knative('reviews'),
    ),
    join(route(toReviews), facade, knative('reviews')),
  ],
  [
    'SK503 a named revision that cannot be applied twice',
    '9',
    knative('reviews', { revision: 'reviews-v1', container: 'name: user-container, ' }),
    knative('reviews', { revision: 'reviews-v1' }),
  ],
  [
    'SK508 a domain nobody lets this namespace have',
    '3',
    join(mapping, knative('reviews')),
    join(mapping, knative('reviews'), claims),
  ],
  [
    'SK507 a class that never scales to zero',
    '6',
    knative('reviews', {
      annotations: 'autoscaling.knative.dev/class: hpa.autoscaling.knative.dev, autoscaling.knative.dev/metric: cpu',
    }),
    knative('reviews', { annotations: 'autoscaling.knative.dev/class: kpa.autoscaling.knative.dev' }),
  ],
  [
    'SK506 instances kept for nobody',
    '6',
    knative('reviews', {
      revision: 'reviews-v2',
      annotations: 'autoscaling.knative.dev/min-scale: "1"',
      traffic: '{revisionName: reviews-v1, percent: 100}, {revisionName: reviews-v2, percent: 0, tag: next}',
    }),
    knative('reviews', {
      revision: 'reviews-v2',
      annotations: 'autoscaling.knative.dev/min-scale: "1"',
      traffic: '{revisionName: reviews-v1, percent: 50}, {revisionName: reviews-v2, percent: 50, tag: next}',
    }),
  ],
  [
    'SK601 STRICT without an activator in the mesh',
    '4',
    join(istio('PeerAuthentication', '{mtls: {mode: STRICT}}', 'app', 'security'), knative('reviews')),
    join(istio('PeerAuthentication', '{mtls: {mode: PERMISSIVE}}', 'app', 'security'), knative('reviews')),
  ],
  [
    'SK602 ALLOW that shuts out the activator',
    '4',
    join(access('{rules: [{to: [{operation: {paths: [/api]}}]}]}'), knative('reviews')),
    join(
      access(
        '{rules: [{to: [{operation: {paths: [/api]}}]}, {from: [{source: {namespaces: [knative-serving]}}], to: [{operation: {paths: [/metrics, /healthz]}}]}]}',
      ),
      knative('reviews'),
    ),
  ],
  [
    'SK603 a principal that pods never see',
    '4',
    join(
      access('{action: DENY, rules: [{from: [{source: {principals: [cluster.local/ns/app/sa/page]}}]}]}'),
      knative('reviews'),
    ),
    join(access('{action: DENY, rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]}'), knative('reviews')),
  ],
  [
    'SK604 a token asked of callers inside',
    '4',
    access(
      '{selector: {matchLabels: {istio: ingressgateway}}, action: DENY, rules: [{from: [{source: {notRequestPrincipals: ["*"]}}]}]}',
      'istio-system',
    ),
    access(
      '{selector: {matchLabels: {istio: ingressgateway}}, action: DENY, rules: [{from: [{source: {notRequestPrincipals: ["*"]}}], to: [{operation: {ports: ["8080"]}}]}]}',
      'istio-system',
    ),
  ],
  [
    'SK605 a host outside under REGISTRY_ONLY',
    '9',
    join(
      knative('page', { env: '{name: NEXT, value: "http://api.example.com/"}' }),
      config('istio', '"mesh": "outboundTrafficPolicy: {mode: REGISTRY_ONLY}"', 'istio-system'),
    ),
    join(
      knative('page', { env: '{name: NEXT, value: "http://api.example.com/"}' }),
      istio(
        'ServiceEntry',
        '{hosts: [api.example.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}',
      ),
      config('istio', '"mesh": "outboundTrafficPolicy: {mode: REGISTRY_ONLY}"', 'istio-system'),
    ),
  ],
  [
    'SK701 a header that events do not have',
    '8',
    join(
      route(toReviews.replace('- ', '- match: [{headers: {x-dev-user: {exact: me}}}]\n  ')),
      facade,
      knative('reviews'),
      trigger('{uri: "http://reviews-mesh.app.svc.cluster.local/"}'),
    ),
    join(
      route(toReviews.replace('- ', '- match: [{headers: {ce-devuser: {exact: me}}}]\n  ')),
      facade,
      knative('reviews'),
      trigger('{uri: "http://reviews-mesh.app.svc.cluster.local/"}'),
    ),
  ],
  [
    'SK702 events that nobody keeps',
    '4',
    join(trigger('{uri: "http://reviews.app/"}'), broker()),
    join(trigger('{uri: "http://reviews.app/"}'), broker(`{delivery: {deadLetterSink: ${sink}}}`)),
  ],
  ['SK703 a channel in memory', '2', other('messaging.knative.dev', 'v1', 'InMemoryChannel', 'one', '{}'), broker()],
  [
    'SK704 a binding that changes a named revision',
    '4',
    join(
      other(
        'sources.knative.dev',
        'v1',
        'SinkBinding',
        'one',
        `{subject: {apiVersion: serving.knative.dev/v1, kind: Service, name: page}, sink: ${sink}}`,
      ),
      knative('page', { revision: 'page-v1' }),
    ),
    join(
      other(
        'sources.knative.dev',
        'v1',
        'SinkBinding',
        'one',
        `{subject: {apiVersion: serving.knative.dev/v1, kind: Service, name: page}, sink: ${sink}}`,
      ),
      knative('page'),
    ),
  ],
]

describe('each rule', () => {
  it.each(table)('finds %s at line %s', (id, line, wrong) => {
    expect(found(wrong)).toContain(`${id.slice(0, 5)} ${line}`)
  })

  it.each(table)('says nothing of the same put right: %s', (id, _, __, right) => {
    expect(found(right).filter(one => one.startsWith(id.slice(0, 5)))).toEqual([])
  })

  it('has a number and a name of its own, and a row above or a test below', () => {
    const ids = rules.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length)
    const tested = [...table.map(([id]) => id.slice(0, 5)), 'SK504', 'SK505']
    expect(ids.filter(id => !tested.includes(id))).toEqual([])
  })
})

describe('several documents of a Knative Service', () => {
  const traffic = '{revisionName: reviews-v1, percent: 100}'
  const first = knative('reviews', { revision: 'reviews-v1', traffic })
  const second = (split: string) => knative('reviews', { revision: 'reviews-v2', traffic: split })
  const files = (...texts: string[]) => {
    const sources = texts.map((text, index) => ({ file: `app/reviews/${index + 1}-v.yaml`, text }))
    const { documents } = readSources(sources, { registry: createRegistry() })
    return analyze(documents).map(({ id, file }) => `${id} ${file}`)
  }

  it('belong in files of their own', () => {
    expect(found(join(first, second(traffic)))).toEqual(['SK505 14'])
    expect(files(first, second(traffic))).toEqual([])
  })

  it('say the same of traffic', () => {
    expect(files(first, second(''))).toEqual(['SK504 app/reviews/2-v.yaml'])
  })
})

describe('findings', () => {
  it('say what, where and what would be right', () => {
    const { documents } = readSources([{ file: 'a.yaml', text: route('- route: [{destination: {host: gone}}]') }], {
      registry: createRegistry(),
    })
    expect(analyze(documents)).toEqual([
      {
        id: 'SK301',
        name: 'unknown-host',
        severity: 'error',
        file: 'a.yaml',
        line: 8,
        column: 30,
        message: 'nothing here is called gone.app.svc.cluster.local: requests are answered 503 with an empty body',
        instead: 'the full name of a Service, or a ServiceEntry for a host outside',
      },
    ])
  })

  it('come file by file, and in each by line', () => {
    const text = join(route('- route: [{destination: {host: gone}}]\n  retries: {attempts: 1}'), mapping)
    expect(found(text)).toEqual(['SK301 8', 'SK202 9', 'SK508 13'])
  })

  it('tell a rule that Istio’s validation speaks of too only once', () => {
    const twice = join(route(`${toReviews}\n${toReviews}`), knative('reviews'))
    expect(found(twice)).toEqual(['SK201 10'])
  })
})

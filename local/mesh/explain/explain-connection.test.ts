// What is told of connections, from YAML alone.
import { describe, expect, it } from 'vitest'
import { compileMesh } from '../compile/compile.ts'
import { meshFromYaml } from '../compile/from-yaml.ts'
import { entry, gateway, rules, to } from '../tcp/tcp-harness.ts'
import { explain } from './explain.ts'
import { explainConnection } from './explain-connection.ts'
import { callerOf, type ExplainedMesh } from './step.ts'

function meshOf(yaml: string): ExplainedMesh {
  const objects = meshFromYaml(yaml)
  const manifests = objects.virtualServices.map(object => {
    return { object, file: 'rules.yaml', locate: (path: string) => ({ line: path.length }) }
  })
  return { table: compileMesh(objects), objects, manifests }
}

const mesh = meshOf(
  gateway(443, 'TLS', '["*"]', '{mode: PASSTHROUGH}') +
    gateway(9000, 'TCP', '["*"]') +
    gateway(9443, 'TLS', '["end.test"]', '{mode: SIMPLE, credentialName: c}') +
    gateway(8443, 'HTTPS', '["h.test"]', '{mode: SIMPLE, credentialName: c}') +
    gateway(80, 'HTTP', '["*"]') +
    rules(
      '["*"]',
      '[gw-443]',
      'tls',
      `[{match: [{sniHosts: [shop.test, "*.shop.test"]}], route: [${to('shop.out', 443, ', weight: 75')}, ${to('gone.out', 443, ', weight: 25')}]}]`,
    ) +
    rules('["*"]', '[gw-9000, gw-9443]', 'tcp', `[{route: [${to('db.out', 5432)}]}]`, 'bytes') +
    entry('shop.out', 443, 'TLS', 4430) +
    entry('db.out', 5432, 'TCP', 5000) +
    entry('empty.out', 5433, 'TCP', 1).replace(/endpoints:.*/, ''),
)

/** The first hop, as a client outside or a caller of a namespace meets it. */
function told(url: string, from?: string, at = mesh) {
  const target = new URL(url)
  const port = Number(target.port)
  const entrance = from === undefined ? { gatewayPort: port } : { caller: callerOf(from, {}), port }
  return explainConnection(at, { url: target, entrance }).first
}

describe('a connection to a gateway', () => {
  it('goes where the rule for its name says, share by share', () => {
    expect(told('tls://a.shop.test:443')).toEqual({
      door: 'gateway port 443',
      host: 'a.shop.test:443',
      virtualHost: 'shop.test, *.shop.test',
      rule: { name: '', object: 'VirtualService app/rules spec.tls[0].match[0]', at: 'rules.yaml:20' },
      destinations: [
        {
          share: 75,
          cluster: 'outbound|443||shop.out',
          endpoints: ['127.0.0.1:4430'],
          requestHeaders: [],
          policies: [],
        },
        {
          ...{ share: 25, cluster: 'outbound|443||gone.out', requestHeaders: [], policies: [] },
          endpoints: ['closed: no such service, port or subset'],
        },
      ],
      ...{ target: '', nearest: [], policies: [], passedOver: [] },
    })
  })

  const answers: [sentence: string, url: string, answer: string][] = [
    ['of a name that nobody serves', 'tls://else.test:443', 'reset: no server at this port is for else.test'],
    [
      'without TLS where a name is wanted',
      'tcp://shop.test:443',
      'reset: no server at this port is for a client that names nobody',
    ],
    ['to a port that is not open', 'tls://shop.test:444', 'connection refused: no Gateway opens this port'],
    ['to a port of plain HTTP', 'tcp://shop.test:80', 'requests are read here: explain the http URL'],
    ['to a server of HTTPS', 'tls://h.test:8443', 'requests are read here: explain the https URL'],
  ]
  it.each(answers)('%s', (_sentence, url, answer) => {
    expect(told(url).answer).toBe(answer)
  })

  it('of plain TCP goes where its rule says, whoever is named', () => {
    const { virtualHost, rule, destinations } = told('tcp://any.test:9000')
    expect([virtualHost, rule?.object]).toEqual(['every connection', 'VirtualService app/bytes spec.tcp[0]'])
    expect(destinations[0]?.endpoints).toEqual(['127.0.0.1:5000'])
  })

  it('says where its TLS ends', () => {
    expect(told('tls://end.test:9443').virtualHost).toBe('end.test (TLS ends here, SIMPLE)')
  })

  it('names those that are served where nobody serves it', () => {
    expect(told('tls://else.test:443').nearest).toEqual(['shop.test', '*.shop.test'])
  })

  it('is what an https URL leads to where bytes pass unread', () => {
    const url = new URL('https://shop.test/')
    const entrance = { gatewayPort: 443, serverName: 'shop.test' }
    const { first } = explain(mesh, { url, method: 'GET', headers: [], entrance })
    expect(first.answer).toBe(
      'connection refused: the server for shop.test passes bytes on unread, explain tls://shop.test:443',
    )
  })
})

describe('a connection of a caller', () => {
  it('goes to the service that its hello names', () => {
    const { door, virtualHost, rule, destinations } = told('tls://shop.out:443', 'app/me')
    expect([door, virtualHost]).toEqual(['sidecar of app/me, port 443', 'shop.out'])
    expect(rule).toEqual({ name: '', object: 'ServiceEntry app/shop.out' })
    expect(destinations[0]?.endpoints).toEqual(['127.0.0.1:4430'])
  })

  it('goes to a service without endpoints in vain', () => {
    expect(told('tcp://empty.out:5433', 'app').destinations[0]?.endpoints).toEqual(['closed: it has no endpoints'])
  })

  it('to somebody unknown is passed on, or closed under REGISTRY_ONLY', () => {
    const closed = meshOf('') // Of no objects but this setting.
    const only = compileMesh({ ...closed.objects, meshConfig: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}' })
    expect(told('tls://else.test:443', 'app').answer).toContain('(ALLOW_ANY)')
    expect(told('tls://else.test:443', 'app', { ...closed, table: only }).answer).toContain('(REGISTRY_ONLY)')
  })
})

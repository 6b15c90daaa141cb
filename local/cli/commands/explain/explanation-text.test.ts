import { describe, expect, it } from 'vitest'
import type {
  ExplainedDestination,
  ExplainedEffects,
  ExplainedHop,
  PassedOverRule,
} from '../../../mesh/explain/explanation.d.ts'
import { explanationText } from './explanation-text.ts'

const noEffects: ExplainedEffects = { requestHeaders: [], responseHeaders: [], mirrors: [], cors: false }
const hop = (more: Partial<ExplainedHop> = {}): ExplainedHop => ({
  ...{ door: 'gateway port 80', host: 'shop.localhost', target: '/a?b', virtualHost: 'shop.localhost:80' },
  ...{ nearest: [], policies: [], passedOver: [], destinations: [] },
  ...more,
})
const destination = (more: Partial<ExplainedDestination> = {}): ExplainedDestination => ({
  ...{ share: 100, cluster: 'outbound|80||cart.shop.svc.cluster.local', requestHeaders: [], policies: [] },
  endpoints: ['revision shop/cart-00001'],
  ...more,
})
const place = (object: string, name = '', at?: string) => ({ name, object, at })
const passedOver = (object: string, wanted: string, more: Partial<PassedOverRule> = {}): PassedOverRule => ({
  ...{ rule: place(object, '', 'routes.yaml:7'), field: 'uri', wanted, actual: '/a' },
  ...more,
})

/** The lines of one hop, below the request and an empty line. */
const linesOf = (first: ExplainedHop) =>
  explanationText({ request: 'GET http://shop.localhost/a?b', first }).split('\n').slice(2, -1)

it('begins with the request, and ends with a line’s end', () => {
  expect(explanationText({ request: 'GET http://x/', first: hop() })).toBe(
    'GET http://x/\n\n┌ gateway port 80 · shop.localhost/a?b\n│ for      shop.localhost:80\n',
  )
})

describe('a hop', () => {
  it('without a virtual host names those that are called nearly so, and what is answered', () => {
    const lost = hop({ virtualHost: undefined, nearest: ['shop.local', 'ship.localhost'], answer: '404: no rule' })
    expect(linesOf(lost).slice(1)).toEqual([
      '│ for      no virtual host',
      '│ near     shop.local, ship.localhost',
      '│ answer   404: no rule',
    ])
  })

  it('tells what policies say, and which one ends the request', () => {
    const policies = [
      {
        at: 'ingress gateway',
        policy: place('AuthorizationPolicy shop/open', '', 'p.yaml:1'),
        says: 'allows',
        denies: false,
      },
      { at: 'pods of shop/cart', policy: place('AuthorizationPolicy shop/shut'), says: 'denies', denies: true },
    ]
    expect(linesOf(hop({ policies })).slice(2)).toEqual([
      '│ policy   AuthorizationPolicy shop/open (p.yaml:1)',
      '│            ingress gateway: allows',
      '│ denied   AuthorizationPolicy shop/shut',
      '│            pods of shop/cart: denies',
    ])
  })

  it('tells of each rule that was passed over what it wanted, and what it got', () => {
    const rules = [
      passedOver('VirtualService shop/a spec.http[0]', 'exact /b'),
      passedOver('VirtualService shop/a spec.http[1]', 'exact x', { field: 'headers.x-user', actual: undefined }),
    ]
    expect(linesOf(hop({ passedOver: rules })).slice(2)).toEqual([
      '│ not      VirtualService shop/a spec.http[0] (routes.yaml:7)',
      '│            uri is "/a", wanted exact /b',
      '│ not      VirtualService shop/a spec.http[1] (routes.yaml:7)',
      '│            headers.x-user is not there, wanted exact x',
    ])
  })

  it('tells the many rules that Knative writes of one line as one', () => {
    const rules = ['one', 'two', 'three'].map((tag, index) =>
      passedOver(`Ingress shop/cart rules[${index}]`, `exact ${tag}`),
    )
    expect(linesOf(hop({ passedOver: rules })).slice(2)).toEqual([
      '│ not      Ingress shop/cart rules[0] (routes.yaml:7) and 2 more of it',
      '│            uri is "/a", wanted exact one or exact two or exact three',
    ])
  })
})

describe('what a rule does', () => {
  const effects = (more: Partial<ExplainedEffects>, destinations: ExplainedDestination[] = []) =>
    linesOf(hop({ effects: { ...noEffects, ...more }, destinations })).slice(2)

  it.each<[string, Partial<ExplainedEffects>, string[]]>([
    ['another host and path', { host: 'cart', target: '/c' }, ['host     becomes cart', 'path     becomes /c']],
    [
      'headers set, added and taken away',
      {
        requestHeaders: [
          { do: 'set', name: 'x-a', value: '1' },
          { do: 'remove', name: 'x-b' },
        ],
        responseHeaders: [{ do: 'add', name: 'x-c', value: '2' }],
      },
      ['request  set x-a: 1', 'request  without x-b', 'response add x-c: 2'],
    ],
    [
      'faults',
      { fault: { delay: { percent: 10, ms: 500 }, abort: { percent: 1, status: 503 } } },
      ['fault    10 % wait 500 ms', 'fault    1 % end with 503'],
    ],
    ['a fault of gRPC', { fault: { abort: { percent: 1, grpcStatus: 14 } } }, ['fault    1 % end with gRPC status 14']],
    ['a time-out', { timeoutMs: 3_000 }, ['timeout  3000 ms']],
    [
      'mirrors, to a subset',
      { mirrors: [{ cluster: 'outbound|80|v2|cart.shop.svc.cluster.local', percent: 5 }] },
      ['mirror   5 % to cart.shop:80 subset v2'],
    ],
    ['CORS', { cors: true }, ['cors     answers preflights of allowed origins']],
  ])('is told: %s', (_, more, lines) => expect(effects(more)).toEqual(lines.map(line => `│ ${line}`)))

  it('says of retries how many there are and when, where there is somebody to ask again', () => {
    const retries = { attempts: 2, on: ['5xx', 'reset'], perTryTimeoutMs: 250 }
    expect(effects({ retries }, [destination()])[0]).toBe('│ retries  2 on 5xx, reset, 250 ms a try')
    expect(effects({}, [destination()])[0]).toBe('│ retries  none')
    expect(effects({ retries })).toEqual([])
  })
})

describe('destinations', () => {
  it('have their share, their cluster as people write it, and who is behind it', () => {
    const lines = linesOf(
      hop({
        destinations: [
          destination({ share: 5, cluster: 'outbound|9080|v2|cart.shop.svc.cluster.local' }),
          destination({ share: 95, cluster: 'outbound|443||api.example.com' }),
          destination({ cluster: 'PassthroughCluster', endpoints: ['10.0.0.1:80'] }),
        ],
      }),
    )
    expect(lines.slice(2)).toEqual([
      '├   5 % ▸ cart.shop:9080 subset v2 ▸ revision shop/cart-00001',
      '├  95 % ▸ api.example.com:443 ▸ revision shop/cart-00001',
      '├ 100 % ▸ PassthroughCluster ▸ 10.0.0.1:80',
    ])
  })

  it('name four endpoints and count the rest', () => {
    const endpoints = ['a', 'b', 'c', 'd', 'e', 'f']
    expect(linesOf(hop({ destinations: [destination({ endpoints })] })).at(-1)).toMatch(/▸ a, b, c, d, and 2 more$/)
    expect(linesOf(hop({ destinations: [destination({ endpoints: endpoints.slice(0, 4) })] })).at(-1)).toMatch(
      /▸ a, b, c, d$/,
    )
  })

  it('have what is theirs alone, and the next hop, below them', () => {
    const next = hop({ door: 'gateway port 8081', host: 'cart.shop', target: '/', virtualHost: 'cart.shop:80' })
    const policy = { at: 'activator', policy: place('AuthorizationPolicy shop/p'), says: 'allows', denies: false }
    const requestHeaders = [{ do: 'set', name: 'x-a', value: '1' }] as const
    expect(
      linesOf(hop({ destinations: [destination({ next, policies: [policy], requestHeaders })] })).slice(3),
    ).toEqual([
      '│     request  set x-a: 1',
      '│     policy   AuthorizationPolicy shop/p',
      '│                activator: allows',
      '│     ┌ gateway port 8081 · cart.shop/',
      '│     │ for      cart.shop:80',
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { headerOf } from '../request.ts'
import { readContext } from './context.ts'
import { treeOf } from './trace-view.ts'
import { TracedWorld } from './tracer-harness.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const w3c = ['traceparent', `00-${traceId}-${spanId}-01`]

/** The tree of the only trace, a line a span. */
function drawn({ ring }: TracedWorld): string[] {
  const [trace] = ring.list()
  return treeOf(trace?.spans ?? []).map(({ depth, service, name }) => `${'  '.repeat(depth)}${service} ${name}`)
}

/** A chain of two functions, both asleep. */
function coldChain(world: TracedWorld, headers: string[] = []): void {
  const edge = world.atGateway('a.app', headers).queued()
  world.pods.set('a-1-deployment-x', { startedAt: 1_001, readyAt: 1_040 })
  edge.after(50).placed('a-1-deployment-x').after(5)
  const inner = world.from('a-1-deployment-x', 'b.app', edge.headers).queued()
  world.pods.set('b-1-deployment-y', { startedAt: 1_060, readyAt: 1_080 })
  inner.after(30).placed('b-1-deployment-y').after(10).end('b-1-deployment-y')
  edge.after(5).end('a-1-deployment-x')
}

describe('a cold chain', () => {
  it('is one tree: gateway, activator with start and ready, function, and the same below what the function calls', () => {
    const world = new TracedWorld()
    coldChain(world)
    expect(drawn(world)).toEqual([
      'istio-ingressgateway GET a.app/path',
      '  activator queue',
      '    activator start',
      '    activator ready',
      '  a GET /path',
      '    a GET b.app/path',
      '      activator queue',
      '        activator start',
      '        activator ready',
      '      b GET /path',
    ])
  })

  it('has the times of each step', () => {
    const world = new TracedWorld()
    coldChain(world)
    const times = world.ended.map(({ name, start, end }) => [name, start - 1_000, (end ?? 0) - 1_000])
    expect(times).toContainEqual(['queue', 0, 50])
    expect(times).toContainEqual(['start', 1, 40])
    expect(times).toContainEqual(['ready', 40, 50])
    expect(times).toContainEqual(['GET /path', 50, 100])
    expect(times).toContainEqual(['GET b.app/path', 55, 95])
    expect(world.ring.list()[0]?.spans.every(span => span.end !== undefined)).toBe(true)
  })

  it('is the same tree when the mesh writes contexts, and the headers name each parent', () => {
    const world = new TracedWorld({ format: 'b3' })
    coldChain(world, w3c)
    const [edge] = world.ring.list()[0]?.spans ?? []
    expect(edge).toMatchObject({ traceId, parentId: spanId })
    expect(drawn(world)).toHaveLength(10)
    expect(drawn(world)[5]).toBe('    a GET b.app/path')
  })
})

describe('what a mesh without tracing provider does to headers', () => {
  it.each([[[]], [w3c], [['b3', `${traceId}-${spanId}-1`]]])('nothing, given %j', given => {
    const { headers } = new TracedWorld().atGateway('a.app', given).placed('a-1-deployment-x')
    expect(headers).toEqual([...given, 'x-request-id', 'r-1'])
  })
})

describe('what a mesh with a tracing provider does to headers', () => {
  it('writes its own format, and goes on in that of the client', () => {
    const world = new TracedWorld({ format: 'w3c' })
    const hop = world.atGateway('a.app', ['b3', `${traceId}-${spanId}-1`])
    const { span } = hop.spans ?? {}
    expect(headerOf(hop.headers, 'traceparent')).toBe(`00-${traceId}-${span?.spanId}-01`)
    expect(headerOf(hop.headers, 'b3')).toBe(`${traceId}-${span?.spanId}-1-${spanId}`)
  })

  it('names the function’s own span to the function', () => {
    const world = new TracedWorld({ format: 'b3' })
    const hop = world.atGateway('a.app').placed('a-1-deployment-x')
    const [proxy, ran] = world.ring.list()[0]?.spans ?? []
    expect(ran?.parentId).toBe(proxy?.spanId)
    expect(readContext(hop.headers)).toEqual({ traceId: proxy?.traceId, spanId: ran?.spanId, sampled: true })
    expect(headerOf(hop.headers, 'x-b3-parentspanid')).toBe(proxy?.spanId)
  })

  it('finds the parent by its headers where a pod runs two requests of one trace', () => {
    const world = new TracedWorld({ format: 'w3c' })
    const edge = world.atGateway('a.app').placed('a-1-deployment-x')
    const first = world.from('a-1-deployment-x', 'b.app', edge.headers).placed('b-1-deployment-y')
    const second = world.from('a-1-deployment-x', 'b.app', edge.headers).placed('b-1-deployment-y')
    const below = (hop: typeof first) => world.from('b-1-deployment-y', 'c.app', hop.headers).spans?.span.parentId
    expect(below(first)).not.toBe(below(second))
    expect(below(first)).toBe(readContext(first.headers) && headerOf(first.headers, 'traceparent')?.split('-')[2])
  })
})

describe('which traces are kept', () => {
  it.each([
    ['W3C that says not sampled', ['traceparent', `00-${traceId}-${spanId}-00`]],
    ['b3: 0', ['b3', '0']],
    ['x-b3-sampled: 0', ['x-b3-traceid', traceId, 'x-b3-spanid', spanId, 'x-b3-sampled', '0']],
  ])('none of a client with %s, and nothing that its functions call', (_what, given) => {
    const world = new TracedWorld()
    const hop = world.atGateway('a.app', given)
    expect(hop.spans).toBeUndefined()
    expect(world.from('a-1-deployment-x', 'b.app', hop.headers).spans).toBeUndefined()
    expect(world.ring.list()).toEqual([])
  })

  it('one that the client sampled, even where the mesh samples none', () => {
    const world = new TracedWorld({ sampling: () => 0 })
    expect(world.atGateway('a.app').spans).toBeUndefined()
    expect(world.atGateway('a.app', w3c).spans?.span.traceId).toBe(traceId)
  })

  it('the share of the namespace that begins them', () => {
    const world = new TracedWorld({ sampling: namespace => (namespace === 'app' ? 100 : 0) })
    expect(world.atGateway('a.app').spans).toBeUndefined()
    expect(world.from('job-1', 'a.app', []).spans).toBeDefined()
  })

  it('no more than a hundred new ones a second, and of those that are kept every hop', () => {
    const world = new TracedWorld()
    const hops = Array.from({ length: 150 }, () => world.atGateway('a.app'))
    expect(hops.filter(hop => hop.spans)).toHaveLength(100)
    const [first] = hops
    expect(world.from('a-1-deployment-x', 'b.app', first?.headers ?? []).spans).toBeDefined()
    expect(world.from('a-1-deployment-x', 'b.app', hops[149]?.headers ?? []).spans).toBeUndefined()
    world.now += 1_000
    expect(world.atGateway('a.app').spans).toBeDefined()
  })

  it('AIR-40: ten of ten calls, where nobody says otherwise', () => {
    const world = new TracedWorld()
    for (let call = 0; call < 10; call++) coldChain(world)
    expect(world.ring.list()).toHaveLength(10)
  })
})

describe('spans', () => {
  it('say what was asked and how it ended', () => {
    const world = new TracedWorld()
    world.atGateway('a.app').placed('a-1-deployment-x').end('a-1-deployment-x', { status: 503, flags: 'UF' })
    const [proxy, ran] = world.ring.list()[0]?.spans ?? []
    expect(proxy).toMatchObject({ failed: true, kind: 'client', service: 'istio-ingressgateway' })
    expect(proxy?.attributes).toMatchObject({
      ...{ 'http.method': 'GET', 'http.url': 'http://a.app/path?q=1', 'http.status_code': 503, response_flags: 'UF' },
      ...{ 'guid:x-request-id': 'r-1', upstream_cluster: 'outbound|80||a.app' },
    })
    expect(ran).toMatchObject({ failed: true, kind: 'server', service: 'a', attributes: { pod: 'a-1-deployment-x' } })
  })

  it('of a hop behind a hop in memory are below it', () => {
    const world = new TracedWorld()
    const outer = world.atGateway('shop.example')
    const inner = world.atGateway('a.app', [], { span: outer.spans })
    expect(inner.spans?.span).toMatchObject({ traceId: outer.spans?.span.traceId, parentId: outer.spans?.span.spanId })
  })

  it('of each instance that was tried', () => {
    const world = new TracedWorld()
    const hop = world.atGateway('a.app').placed('a-1-deployment-x').after(3).queued().after(4)
    hop.placed('a-1-deployment-z').after(5).end('a-1-deployment-z')
    const below = world.ring
      .list()[0]
      ?.spans.slice(1)
      .map(({ name, kind, start, end = 0 }) => [name, kind, end - start])
    expect(below).toEqual([
      ['GET a.app/path', 'server', 3],
      ['queue', 'internal', 4],
      ['GET /path', 'server', 5],
    ])
  })
})

import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../kernel/random.ts'
import { answering, type Backend } from '../../testing/backend.ts'
import { eventually } from '../../testing/raw-client.ts'
import { ask, backendOf, deadPort } from '../gateway-harness.ts'
import { get, post, routedWorld, shop } from '../routed-harness.ts'

type OnData = Parameters<typeof backendOf>[0]
type Rule = NonNullable<Parameters<typeof routedWorld>[1]['rule']>

/** A backend, and one that gets copies. */
async function mirrored(rule: Rule, onCopy: OnData = answering('unheard'), onRequest: OnData = answering('ok')) {
  const backend = await backendOf(onRequest)
  const mirror = await backendOf(onCopy)
  const world = await routedWorld([backend.port], {
    others: { 'mirror.test': [mirror.port] },
    rule: { mirror: { host: 'mirror.test' }, ...rule },
  })
  return { ...world, backend, mirror }
}

const got = ({ received }: Backend, text: string) => eventually(() => received.join('').includes(text))
const count = ({ received }: Backend) => received.join('').match(/HTTP\/1\.1\r\n/g)?.length ?? 0

describe('a copy', () => {
  it('has the method, path, host, body and request id of the request', async () => {
    const { port, backend, mirror } = await mirrored({})
    await ask(port, post('the body', '/p?q=1')).until('ok')
    await got(mirror, 'the body')
    const id = /x-request-id: \S+/.exec(backend.received.join(''))?.[0] ?? 'none'
    const text = mirror.received.join('')
    expect(text).toMatch(/^POST \/p\?q=1 HTTP\/1.1\r\nhost: shop.test\r\n/)
    expect(text).toContain(id)
  })

  it('is marked as internal, with the proxy’s own address on its way', async () => {
    const { port, backend, mirror } = await mirrored({})
    await ask(port, get()).until('ok')
    await got(mirror, '\r\n\r\n')
    expect(mirror.received[0]).toContain('x-forwarded-for: 127.0.0.1,127.0.0.1\r\n')
    expect(mirror.received[0]).toContain('x-envoy-internal: true\r\n')
    expect(backend.received[0]).toContain('x-forwarded-for: 127.0.0.1\r\n')
    expect(backend.received[0]).not.toContain('x-envoy-internal')
  })

  it('is what the rule has made of the request', async () => {
    const { port, mirror } = await mirrored({
      rewrite: { uri: '/new', authority: 'other.test' },
      headers: { request: { set: { 'x-set': 'yes' } } },
    })
    await ask(port, get('/old')).until('ok')
    await got(mirror, '\r\n\r\n')
    expect(mirror.received[0]).toMatch(/^GET \/new/)
    expect(mirror.received[0]).toContain('host: other.test\r\n')
    expect(mirror.received[0]).toContain('x-set: yes\r\n')
  })

  it.each([
    ['answers 500', socket => void socket.write('HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n')],
    ['ends the connection', socket => void socket.destroy()],
    ['answers no HTTP', socket => void socket.write('no\r\n\r\n')],
    ['never answers', () => {}],
  ] as [string, OnData][])('is sent once and its failure is nobody’s: it %s', async (_case, onCopy) => {
    const { port, mirror, records } = await mirrored({ retries: { attempts: 3, retryOn: '5xx' } }, onCopy)
    expect(await ask(port, get()).until('ok')).toContain('HTTP/1.1 200 OK')
    await got(mirror, '\r\n\r\n')
    await new Promise(resolve => setTimeout(resolve, 60))
    expect(count(mirror)).toBe(1)
    expect(records.filter(({ status }) => status !== 200)).toEqual([])
  })

  it('for nobody who listens is nobody’s loss', async () => {
    const backend = await backendOf(answering('ok'))
    const others = { 'mirror.test': [await deadPort()] }
    const { port } = await routedWorld([backend.port], { others, rule: { mirror: { host: 'mirror.test' } } })
    expect(await ask(port, get()).until('ok')).toContain('HTTP/1.1 200 OK')
  })

  it('is not sent of a body too large to keep', async () => {
    const { port, mirror, backend } = await mirrored({}, answering('unheard'), () => {})
    const body = 'b'.repeat(1_200_000)
    const client = ask(port, post(body))
    await eventually(() => (backend.received[0]?.length ?? 0) > body.length)
    answering('ok')(backend.connections[0] as Socket)
    await client.until('ok')
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(count(mirror)).toBe(0)
  })

  it('is sent when the request is whole, not before', async () => {
    const { port, mirror } = await mirrored({}, answering('unheard'), () => {})
    const client = ask(port, `POST / HTTP/1.1\r\n${shop}content-length: 4\r\n\r\nbo`)
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(count(mirror)).toBe(0)
    client.send('dy')
    await got(mirror, 'body')
  })
})

describe('how many copies there are', () => {
  it('is drawn for each request', async () => {
    const backend = await backendOf(answering('ok'))
    const mirror = await backendOf(answering('unheard'))
    const { port } = await routedWorld([backend.port], {
      random: seededRandom(5),
      others: { 'mirror.test': [mirror.port] },
      rule: { mirror: { host: 'mirror.test' }, mirrorPercentage: { value: 25 } },
    })
    const client = ask(port, '')
    for (let sent = 1; sent <= 100; sent++) {
      await client.send(get()).until(text => text.split('\r\n\r\nok').length > sent)
    }
    await eventually(() => count(mirror) > 10)
    expect(count(mirror)).toBeLessThan(45)
  })

  it('is each of several mirrors’ own', async () => {
    const backend = await backendOf(answering('ok'))
    const [one, two, none] = await Promise.all([backendOf(answering()), backendOf(answering()), backendOf(answering())])
    const { port } = await routedWorld([backend.port], {
      others: { 'one.test': [one.port], 'two.test': [two.port], 'none.test': [none.port] },
      rule: {
        mirrors: [
          { destination: { host: 'one.test' } },
          { destination: { host: 'two.test' }, percentage: { value: 100 } },
          { destination: { host: 'none.test' }, percentage: { value: 0 } },
        ],
      },
    })
    await ask(port, get()).until('ok')
    await Promise.all([got(one, '\r\n\r\n'), got(two, '\r\n\r\n')])
    expect([count(one), count(two), count(none)]).toEqual([1, 1, 0])
  })
})

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Chain, startChain } from './chain-under-test.ts'
import type { Greeting } from './greeting.ts'

const readmeOrder = ['D', 'G', 'H', 'E', 'B', 'C', 'A'].map(letter => `Service-${letter}`)
const codeOrder = ['A', 'B', 'D', 'E', 'G', 'H', 'C'].map(letter => `Service-${letter}`)

async function greetings(url: string): Promise<Greeting[]> {
  const body = (await (await fetch(url)).json()) as Greeting[] | { greeting: Greeting[] }
  return Array.isArray(body) ? body : body.greeting
}

const services = (list: readonly Greeting[]) => list.map(each => each.service)

describe('the greeting chain, whole', () => {
  let chain: Chain
  let edge: string
  beforeAll(async () => {
    chain = await startChain()
    edge = chain.urls.gateway ?? ''
  })
  afterAll(() => chain.close())

  it('OBS-01 OBS-02 OBS-03: the edge answers seven greetings in the order of the README, never F', async () => {
    expect(services(await greetings(`${edge}/api/greeting`))).toEqual(readmeOrder)
  })

  it('OBS-04: each service has its own message', async () => {
    expect((await greetings(`${edge}/api/greeting`)).map(each => each.message)).toEqual([
      'Shalom, from Service-D!',
      'Ahlan, from Service-G!',
      'Ciao, from Service-H!',
      'Bonjour, de Service-E!',
      'Namaste, from Service-B!',
      'Konnichiwa, from Service-C!',
      'Hello, from Service-A!',
    ])
  })

  it('OBS-05: the body is one line, with four keys in order and a newline at the end', async () => {
    const body = await (await fetch(`${edge}/api/greeting`)).text()
    expect(body).toMatch(
      /^\{"greeting":\[\{"id":"[^"]+","service":"Service-D","message":"[^"]+","created":"[^"]+"\},.*\]\}\n$/,
    )
  })

  it('OBS-06: ids are distinct UUIDs of version 4', async () => {
    const ids = (await greetings(`${edge}/api/greeting`)).map(each => each.id)
    expect(new Set(ids).size).toBe(7)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it.each(['', '?order=pre'])('OBS-07: created is UTC and never goes back along the list (%s)', async query => {
    const created = (await greetings(`${edge}/api/greeting${query}`)).map(each => each.created)
    for (const text of created) expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    if (query === '') expect(created).toEqual([...created].sort())
  })

  it('OBS-08 OBS-09: v1 is an alias, ping is a bare array, at the edge and at A', async () => {
    expect((await fetch(`${edge}/api/v1/greeting`)).status).toBe(200)
    for (const base of [edge, chain.urls.a]) {
      expect(services((await (await fetch(`${base}/api/ping`)).json()) as Greeting[])).toEqual(readmeOrder)
    }
  })

  it('asked for, the order is that of the original code', async () => {
    expect(services(await greetings(`${edge}/api/greeting?order=pre`))).toEqual(codeOrder)
    expect(services(await greetings(`${edge}/api/greeting?order=sideways`))).toEqual(readmeOrder)
  })

  it('OBS-39: asked for the variant of 2021, each greeting names its pod, in either order; else none does', async () => {
    for (const [query, order] of [
      ['?v=2021', readmeOrder],
      ['?v=2021&order=pre', codeOrder],
    ] as const) {
      const answered = await greetings(`${edge}/api/greeting${query}`)
      expect(services(answered)).toEqual(order)
      const pods = order.map(name => `pod-${name.at(-1)?.toLowerCase()}`)
      expect(answered.map(each => each.hostname)).toEqual(pods)
      expect(Object.keys(answered[0] ?? {})).toEqual(['id', 'service', 'message', 'created', 'hostname'])
    }
    for (const query of ['', '?v=2019', '?v=']) {
      const answered = await greetings(`${edge}/api/greeting${query}`)
      expect(answered.flatMap(Object.keys)).not.toContain('hostname')
    }
  })

  it('OBS-40: a hundred requests at once each get exactly seven services', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => greetings(`${edge}/api/greeting`)))
    for (const answer of answers) expect(services(answer)).toEqual(readmeOrder)
    expect(new Set(answers.flat().map(each => each.id)).size).toBe(700)
  })

  it('OBS-22: each call of the edge leaves one document in C, G and H', async () => {
    const count = async (letter: string) =>
      Number((await fetch(`${chain.urls[letter]}/api/greetings`)).headers.get('x-total-count'))
    const before = await Promise.all(['c', 'g', 'h'].map(count))
    const list = await greetings(`${edge}/api/greeting`)
    await expect.poll(() => Promise.all(['c', 'g', 'h'].map(count))).toEqual(before.map(each => each + 1))
    const [newest] = (await (await fetch(`${chain.urls.c}/api/greetings?limit=1`)).json()) as object[]
    const own = list.find(each => each.service === 'Service-C')
    expect(newest).toEqual({ _id: own?.id, ...own })
  })

  it('KNI-08 KNI-09: every answer names service and revision, whatever the client claims', async () => {
    const paths = ['/api/ping', '/nowhere', '/healthz', '/metrics', '/api/status/503']
    for (const path of paths) {
      const { headers } = await fetch(`${chain.urls.h}${path}`, {
        headers: { 'x-revision': 'forged', 'x-service': 'forged' },
      })
      expect([headers.get('x-service'), headers.get('x-revision')]).toEqual(['service-h', 'service-h-00001'])
    }
  })
})

async function addressOf(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('a request that is given up', () => {
  it('is given up down to where it hangs, and nobody else is asked for it', async () => {
    const entered = Promise.withResolvers<void>()
    const left = Promise.withResolvers<void>()
    let others = 0
    const hanging = createServer(request => {
      entered.resolve()
      request.once('close', () => left.resolve())
    })
    const counting = createServer((_request, response) => {
      others++
      response.end('[]')
    })
    const G = await addressOf(hanging)
    const other = await addressOf(counting)
    const chain = await startChain({}, { e: { SERVICE_G_URL: G, SERVICE_H_URL: other }, a: { SERVICE_C_URL: other } })
    const leaving = new AbortController()
    const asking = fetch(`${chain.urls.gateway}/api/greeting`, { signal: leaving.signal }).catch(String)
    await entered.promise
    leaving.abort()
    expect(await asking).toContain('AbortError')
    await left.promise
    await chain.close()
    expect(others).toBe(0)
    for (const server of [hanging, counting]) server.close().closeAllConnections()
  })
})

describe('a service of the chain is gone', () => {
  it('OBS-49: the others answer, and say that something is missing', async () => {
    const chain = await startChain()
    await chain.stop('h')
    for (const path of ['/api/greeting', '/api/ping']) {
      const answer = await fetch(`${chain.urls.gateway}${path}`)
      expect([answer.status, answer.headers.get('x-partial')]).toEqual([200, 'true'])
      expect(await answer.text()).not.toContain('Service-H')
    }
    expect(services(await greetings(`${chain.urls.gateway}/api/greeting`))).toEqual(
      readmeOrder.filter(s => s !== 'Service-H'),
    )
    await chain.close()
  })

  it('OBS-49: in strict mode the answer is 502 with the reason, even three hops up', async () => {
    const chain = await startChain({}, { a: { STRICT_UPSTREAM: 'true' } })
    await chain.stop('h')
    const answer = await fetch(`${chain.urls.a}/api/ping`)
    expect(answer.status).toBe(502)
    expect(await answer.json()).toEqual({ error: 'an upstream service failed' })
    expect((await fetch(`${chain.urls.gateway}/api/greeting`)).status).toBe(502)
    await chain.close()
  })

  it('without A the edge has nothing to give: 502, not an empty list', async () => {
    const chain = await startChain()
    await chain.stop('a')
    expect((await fetch(`${chain.urls.gateway}/api/greeting`)).status).toBe(502)
    await chain.close()
  })
})

describe('configuration by environment', () => {
  it('OBS-38: SERVICE_NAME and GREETING replace the defaults, in any script', async () => {
    const own = { h: { SERVICE_NAME: 'Service H', GREETING: 'Nǐ hǎo (你好), from Service H!' } }
    const chain = await startChain({ GREETING_ORDER: 'pre' }, own)
    const list = await greetings(`${chain.urls.gateway}/api/greeting`)
    expect(list[5]).toMatchObject({ service: 'Service H', message: 'Nǐ hǎo (你好), from Service H!' })
    expect(list[0]?.service).toBe('Service-A')
    await chain.close()
  })

  it('OBS-50: a store that cannot be opened does not change the answer', async () => {
    const chain = await startChain({
      STORE_PATH: '/nonexistent/folder/x.db',
      K_SINK: 'http://127.0.0.1:1/sink',
      LOG_LEVEL: 'silent',
    })
    const answer = await fetch(`${chain.urls.gateway}/api/greeting`)
    expect([answer.status, answer.headers.get('x-partial')]).toEqual([200, null])
    expect(services(((await answer.json()) as { greeting: Greeting[] }).greeting)).toEqual(readmeOrder)
    const failures = async (letter: string) => (await fetch(`${chain.urls[letter]}/metrics`)).text()
    await expect.poll(() => failures('c')).toContain('greeting_afterwork_failures_total{what="stored"} 1')
    await expect.poll(() => failures('d')).toContain('greeting_afterwork_failures_total{what="published"} 1')
    await chain.close()
  })

  it('OBS-50: with the store off, nothing is kept and all is answered', async () => {
    const chain = await startChain({ STORE: 'off' })
    expect(services(await greetings(`${chain.urls.gateway}/api/greeting`))).toEqual(readmeOrder)
    expect(await (await fetch(`${chain.urls.c}/api/greetings`)).text()).toBe('[]\n')
    await chain.close()
  })
})

import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import type { Send, SendRequest, SendResponse } from '../../seams/send.ts'
import type { LoggedEvent } from '../log/record.ts'
import { type AttemptOptions, tryDeadLetterSink, trySubscriber } from './attempt.ts'
import type { Destinations } from './next-step.ts'
import { policyOf } from './policy.ts'

const attributes = { specversion: '1.0', id: '1', source: '/s', type: 't', knativebrokerttl: '7' }
const trace = ['traceparent', '00-a-b-01']
const logged: LoggedEvent = {
  event: { attributes, data: Buffer.from('data') },
  headers: [...trace, 'x-b3-sampled', '1'],
}
const policy = policyOf({ timeout: 'PT5S' })
const routed: Destinations = {
  ...{ subscriber: 'http://s.app', deadLetterSink: undefined, policy },
  reply: { broker: 'app/default' },
}
const event = ['ce-specversion', '1.0', 'ce-id', 'r', 'ce-source', '/r', 'ce-type', 'u']
const answer = (status: number, headers: string[] = [], body = ''): SendResponse => ({
  status,
  headers,
  body: Buffer.from(body),
})

/** Options whose `send` gives `answers` in turn, and what was asked and replied. */
function under(send: Send, taken = true) {
  const replies: LoggedEvent[] = []
  const reply = async (_broker: string, given: LoggedEvent) => {
    replies.push(given)
    return taken
  }
  const options: AttemptOptions = { namespace: 'app', clock: new FakeClock(), send, reply }
  return { options, replies }
}

describe('a try at a subscriber', () => {
  it('carries the event in binary mode, its headers, and no time to live', async () => {
    const sent: SendRequest[] = []
    const { options } = under(async request => {
      sent.push(request)
      return answer(202)
    })
    expect(await trySubscriber(logged, routed, options)).toMatchObject({ type: 'done' })
    expect(sent[0]).toMatchObject({ method: 'POST', url: 'http://s.app', timeoutMs: 5_000, body: Buffer.from('data') })
    expect(sent[0]?.headers).toEqual([
      ...['ce-specversion', '1.0', 'ce-id', '1', 'ce-source', '/s', 'ce-type', 't'],
      ...[...trace, 'x-b3-sampled', '1', 'kn-namespace', 'app', 'prefer', 'reply'],
    ])
  })

  it('without an address counts as answered with 404, which may be tried again', async () => {
    const { options } = under(() => Promise.reject(new Error('never asked')))
    const outcome = await trySubscriber(logged, { ...routed, subscriber: undefined }, options)
    expect(outcome).toMatchObject({ type: 'failure', code: 404, retry: true })
  })

  it('that gives no answer counts as 500', async () => {
    const { options } = under(() => Promise.reject(new Error('refused')))
    const outcome = await trySubscriber(logged, routed, options)
    expect(outcome).toMatchObject({ code: 500, body: Buffer.from('dispatch error: refused') })
  })
})

describe('a reply', () => {
  it('lives as long as the event it answers, goes on in its trace, and brings its own passing headers', async () => {
    const { options, replies } = under(async () => answer(200, [...event, 'knative-x', 'y', 'set-cookie', 'z'], 'paid'))
    expect(await trySubscriber(logged, routed, options)).toMatchObject({ type: 'done' })
    expect(replies).toEqual([
      {
        event: {
          attributes: { specversion: '1.0', id: 'r', source: '/r', type: 'u', knativebrokerttl: '7' },
          data: Buffer.from('paid'),
        },
        headers: ['knative-x', 'y', ...trace],
      },
    ])
  })

  it('with a trace of its own keeps that one', async () => {
    const { options, replies } = under(async () => answer(200, [...event, 'traceparent', '00-own-b-01']))
    await trySubscriber(logged, routed, options)
    expect(replies[0]?.headers).toEqual(['traceparent', '00-own-b-01'])
  })

  it('that went round too often is refused in the broker’s name', async () => {
    const { options } = under(async () => answer(200, event), false)
    expect(await trySubscriber(logged, routed, options)).toMatchObject({
      ...{ type: 'failure', code: 400, retry: false },
      destination: 'http://broker-ingress.knative-eventing.svc.cluster.local/app/default',
    })
  })

  it('that cannot be written makes the try fail', async () => {
    const { options } = under(async () => answer(200, event))
    const full = { ...options, reply: () => Promise.reject(new Error('the log is full')) }
    expect(await trySubscriber(logged, routed, full)).toMatchObject({ type: 'failure', code: 500, retry: true })
  })
})

describe('a try at a dead-letter sink', () => {
  const failure = { destination: 'http://s.app', code: 500, data: 'eA==' }

  it('tells what went wrong, keeps the time to live, and asks for no reply', async () => {
    const sent: SendRequest[] = []
    const { options } = under(async request => {
      sent.push(request)
      return answer(200, [], 'thanks')
    })
    expect(await tryDeadLetterSink(logged, failure, 'http://d.app', { ...options, policy })).toMatchObject({
      type: 'done',
    })
    expect(sent[0]?.url).toBe('http://d.app')
    expect(sent[0]?.headers).not.toContain('prefer')
    const headers = sent[0]?.headers.join(' ') ?? ''
    expect(headers).toContain('ce-knativeerrordest http://s.app ce-knativeerrorcode 500 ce-knativeerrordata eA==')
    expect(headers).toContain('ce-knativebrokerttl 7')
  })

  it.each([
    [503, true],
    [404, true],
    [400, false],
  ])('answered with %i may be tried again: %s', async (status, retry) => {
    const { options } = under(async () => answer(status))
    const outcome = await tryDeadLetterSink(logged, failure, 'http://d.app', { ...options, policy })
    expect(outcome).toMatchObject({ type: 'failure', code: status, retry })
  })
})

describe('an answer that goes to a reply address', () => {
  const toAddress: Destinations = { ...routed, reply: { url: 'http://r.app' } }
  const retrying = policyOf({ retry: 2, backoffPolicy: 'linear', backoffDelay: 'PT1S' })

  it('is sent there with the trace of the event it answers', async () => {
    const sent: SendRequest[] = []
    const { options, replies } = under(async request => {
      sent.push(request)
      return request.url === 'http://s.app' ? answer(200, event, 'reply') : answer(202)
    })
    expect(await trySubscriber(logged, toAddress, options)).toEqual({
      ...{ type: 'done', status: 200, reply: { id: 'r', type: 'u' } },
    })
    expect(sent[1]).toMatchObject({ url: 'http://r.app', body: Buffer.from('reply') })
    expect(sent[1]?.headers).toEqual(expect.arrayContaining(['ce-id', 'r', ...trace]))
    expect(sent[1]?.headers).not.toContain('ce-knativebrokerttl')
    expect(replies).toEqual([])
  })

  it('is tried again there alone: the subscriber has done its part', async () => {
    const asked: string[] = []
    const clock = new FakeClock()
    const { options } = under(async ({ url }) => {
      asked.push(url)
      if (url === 'http://s.app') return answer(200, event)
      return asked.length < 4 ? answer(503) : answer(202)
    })
    const outcome = trySubscriber(logged, { ...toAddress, policy: retrying }, { ...options, clock })
    await clock.advance(5_000)
    expect(await outcome).toMatchObject({ type: 'done' })
    expect(asked).toEqual(['http://s.app', 'http://r.app', 'http://r.app', 'http://r.app'])
  })

  it.each([
    [503, 3],
    [400, 1],
  ])('refused with %s is given up after %s tries, and said of the reply address', async (status, tries) => {
    const clock = new FakeClock()
    let asked = 0
    const { options } = under(async ({ url }) => {
      if (url === 'http://s.app') return answer(200, event)
      asked++
      return answer(status)
    })
    const outcome = trySubscriber(logged, { ...toAddress, policy: retrying }, { ...options, clock })
    await clock.advance(10_000)
    expect(await outcome).toMatchObject({ type: 'failure', retry: false, code: status, destination: 'http://r.app' })
    expect(asked).toBe(tries)
  })

  it('goes nowhere where no reply is asked for', async () => {
    const { options, replies } = under(async () => answer(200, event))
    expect(await trySubscriber(logged, { ...routed, reply: undefined }, options)).toEqual({ type: 'done', status: 200 })
    expect(replies).toEqual([])
  })
})

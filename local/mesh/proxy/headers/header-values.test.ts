import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../kernel/clock.ts'
import type { HeaderValue } from '../../table/header-rules.ts'
import { hopOf } from '../hop-harness.ts'
import { type AnswerFacts, headerValue } from './header-values.ts'

const clock = new FakeClock(Date.UTC(2026, 10, 21, 8, 3, 22, 45))

function exchange() {
  const headers = 'x-a: one\r\nx-b: first\r\nx-b: second\r\nx-empty: \r\n'
  const hop = hopOf({ clock, method: 'PUT', target: '/p/q?v=1', host: 'h.test:8080', headers })
  hop.destination = {
    ...{ cluster: 'outbound|9080||ratings.default.svc.cluster.local', weight: 100, authority: undefined },
    ...{ requestHeaders: undefined, responseHeaders: undefined },
  }
  hop.address = '127.0.0.1:19001'
  hop.attempts = 2
  return hop
}

const answered: AnswerFacts = {
  ...{ status: 200, details: 'via_upstream', flags: '' },
  headers: ['content-type', 'text/plain', 'x-b', '1', 'x-b', '2'],
}

/** `REQ(x-a):2` as the compiled command. */
function command(text: string): HeaderValue {
  const { name, argument, length } = /^(?<name>\w+)(\((?<argument>.*)\))?(:(?<length>\d+))?$/.exec(text)?.groups ?? {}
  return [{ command: name ?? '', argument, length: length === undefined ? undefined : Number(length) }]
}

describe('a value of the request', () => {
  const rows: [text: string, value: string][] = [
    ['REQ(x-a)', 'one'],
    ['REQ(X-A)', 'one'],
    ['REQ(x-b)', 'first'],
    ['REQ(x-nope)', ''],
    ['REQ(x-nope?x-a)', 'one'],
    ['REQ(x-empty?x-a)', 'one'],
    ['REQ(x-a):2', 'on'],
    ['REQ(x-a):9', 'one'],
    ['REQ(:PATH)', '/p/q?v=1'],
    ['REQ(:METHOD)', 'PUT'],
    ['REQ(:AUTHORITY)', 'h.test:8080'],
    ['REQ(host)', 'h.test:8080'],
    ['REQ(:SCHEME)', 'http'],
    ['REQ_WITHOUT_QUERY(:PATH)', '/p/q'],
    ['PROTOCOL', 'HTTP/1.1'],
    ['RESPONSE_CODE', '0'],
    ['RESPONSE_CODE_DETAILS', ''],
    ['RESPONSE_FLAGS', '-'],
    ['RESP(content-type)', ''],
    ['ROUTE_NAME', 'r'],
    ['VIRTUAL_CLUSTER_NAME', ''],
    ['UPSTREAM_CLUSTER', 'outbound|9080||ratings.default.svc.cluster.local;'],
    ['UPSTREAM_CLUSTER_RAW', 'outbound|9080||ratings.default.svc.cluster.local'],
    ['UPSTREAM_HOST', ''],
    ['UPSTREAM_REMOTE_ADDRESS', ''],
    ['UPSTREAM_REMOTE_PORT', ''],
    ['UPSTREAM_REQUEST_ATTEMPT_COUNT', '2'],
    ['DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT', '10.0.0.9'],
    ['DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT', '10.0.0.9'],
    ['DOWNSTREAM_LOCAL_ADDRESS', '127.0.0.1:80'],
    ['DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT', '127.0.0.1'],
    ['DOWNSTREAM_LOCAL_PORT', '80'],
    ['START_TIME', '2026-11-21T08:03:22.045Z'],
    ['START_TIME(%s)', '1795248202'],
    ['START_TIME(%Y/%m/%d %H:%M:%S)', '2026/11/21 08:03:22'],
    ['START_TIME(%3f)', '045'],
    ['START_TIME(%6f)', '045000'],
    ['START_TIME(%E3S)', '22.045'],
    ['START_TIME(%F %T %z %Z)', '2026-11-21 08:03:22 +0000 UTC'],
    ['START_TIME(%a %b %e %y %A %B)', 'Sat Nov 21 26 Saturday November'],
    ['START_TIME(%% %Q)', '% %Q'],
    ['HOSTNAME', hostname()],
    ['ENVIRONMENT(HOME)', process.env.HOME ?? ''],
    ['ENVIRONMENT(SKIFF_NO_SUCH_NAME)', ''],
    ['CEL(request.path)', '/p/q?v=1'],
    ['CEL(request.url_path)', '/p/q'],
    ['CEL(request.host)', 'h.test:8080'],
    ['CEL(request.method)', 'PUT'],
    ['CEL(request.scheme)', 'http'],
    ['CEL(request.id)', 'ID'],
    ["CEL(request.headers['x-a'])", 'one'],
    ['CEL(response.code)', ''],
    ['CEL(1 + 1)', ''],
    ['NO_SUCH_COMMAND', ''],
  ]
  it.each(rows)('%%%s% is %j', (text, value) => {
    expect(headerValue(command(text), exchange(), undefined)).toBe(value)
  })
})

describe('a value of the answer', () => {
  const rows: [text: string, value: string][] = [
    ['RESPONSE_CODE', '200'],
    ['RESPONSE_CODE_DETAILS', 'via_upstream'],
    ['RESPONSE_FLAGS', '-'],
    ['RESP(content-type)', 'text/plain'],
    ['RESP(x-b)', '1'],
    ['RESP(:STATUS)', '200'],
    ['RESP(x-nope?x-b)', '1'],
    ['RESP(x-nope)', ''],
    ['UPSTREAM_HOST', '127.0.0.1:19001'],
    ['UPSTREAM_REMOTE_ADDRESS', '127.0.0.1:19001'],
    ['UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT', '127.0.0.1'],
    ['UPSTREAM_REMOTE_PORT', '19001'],
    ['CEL(response.code)', '200'],
    ['REQ(x-a)', 'one'],
  ]
  it.each(rows)('%%%s% is %j', (text, value) => {
    expect(headerValue(command(text), exchange(), answered)).toBe(value)
  })

  it('of the proxy’s own has no code yet, and its own flags', () => {
    const own = { ...answered, status: 503, details: 'no_healthy_upstream', flags: 'UH' }
    expect(headerValue(command('RESPONSE_CODE'), exchange(), own)).toBe('0')
    expect(headerValue(command('RESPONSE_FLAGS'), exchange(), own)).toBe('UH')
  })

  it('has the flags that came up on the way', () => {
    const hop = exchange()
    hop.flags = 'DI'
    expect(headerValue(command('RESPONSE_FLAGS'), hop, answered)).toBe('DI')
  })

  it('says how long it took', async () => {
    const hop = exchange()
    await clock.advance(250)
    expect(headerValue(command('DURATION'), hop, answered)).toBe('250')
  })

  it('knows a socket by its path, which has no port', () => {
    const hop = exchange()
    hop.address = '/run/instance.sock'
    expect(headerValue(command('UPSTREAM_REMOTE_PORT'), hop, answered)).toBe('')
    expect(headerValue(command('UPSTREAM_HOST'), hop, answered)).toBe('/run/instance.sock')
  })
})

describe('text and commands together', () => {
  const mixed = (text: string): HeaderValue => ['pre-', ...(command(text) as []), '-post']

  it('keep the text around what is filled in', () => {
    expect(headerValue(mixed('REQ(x-a)'), exchange(), undefined)).toBe('pre-one-post')
  })

  it('keep the text where nothing is', () => {
    expect(headerValue(mixed('REQ(x-nope)'), exchange(), undefined)).toBe('pre--post')
  })

  it('without commands are the text', () => {
    expect(headerValue('100%', exchange(), undefined)).toBe('100%')
  })
})

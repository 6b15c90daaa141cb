import { describe, expect, it } from 'vitest'
import type { RedirectAction } from '../../table/route.ts'
import { gateway, hopOf } from '../hop-harness.ts'
import { redirectReply, toHttps } from './redirect.ts'

type Changes = Partial<Omit<RedirectAction, 'kind'>>

const unchanged = { scheme: undefined, authority: undefined, port: undefined, uri: undefined }

/** The `location` that a request for `url` at the gateway is sent to. */
function location(url: string, changes: Changes, door = gateway): string | undefined {
  const { host, target } = /^http:\/\/(?<host>[^/]+)(?<target>.*)$/.exec(url)?.groups ?? {}
  const hop = hopOf({ door, host: host ?? '', target: target ?? '' })
  return redirectReply(hop, { kind: 'redirect', code: 301, ...unchanged, ...changes }).headers?.[1]
}

describe('where a redirect sends the client', () => {
  const rows: [sentence: string, url: string, changes: Changes, location: string][] = [
    ['nothing named: the same place, absolute', 'http://k.test/p?q=1', {}, 'http://k.test/p?q=1'],
    ['another path keeps the query', 'http://k.test/p?q=1', { uri: '/n' }, 'http://k.test/n?q=1'],
    ['even an empty one', 'http://k.test/p?', { uri: '/n' }, 'http://k.test/n?'],
    ['behind a fragment too', 'http://k.test/p?q=1', { uri: '/x#frag' }, 'http://k.test/x#frag?q=1'],
    [
      'a path with a query of its own drops the request’s',
      'http://k.test/p?q=1',
      { uri: '/n?a=1' },
      'http://k.test/n?a=1',
    ],
    ['a path without a slash gets one', 'http://k.test/p', { uri: 'rel/x' }, 'http://k.test/rel/x'],
    [
      'a URL in its place is a path as well',
      'http://k.test/p',
      { uri: 'http://x.test/y' },
      'http://k.test/http://x.test/y',
    ],
    ['a space stays as it is', 'http://k.test/p', { uri: '/a b' }, 'http://k.test/a b'],
    ['`%PREFIX()%` means nothing', 'http://k.test/p', { uri: '/%PREFIX()%' }, 'http://k.test/%PREFIX()%'],
    ['another host', 'http://k.test/p', { authority: 'o.test' }, 'http://o.test/p'],
    ['another host drops the request’s port', 'http://k.test:8080/p', { authority: 'o.test' }, 'http://o.test/p'],
    ['the port of the request stays', 'http://k.test:8080/p', { uri: '/n' }, 'http://k.test:8080/n'],
    ['with another scheme as well', 'http://k.test:8080/p', { scheme: 'https' }, 'https://k.test:8080/p'],
    ['unless it was the usual one of the scheme left', 'http://k.test:80/p', { scheme: 'https' }, 'https://k.test/p'],
    ['which stays where the scheme does', 'http://k.test:80/p', { uri: '/n' }, 'http://k.test:80/n'],
    ['another port takes the place of the request’s', 'http://k.test:8080/p', { port: 8443 }, 'http://k.test:8443/p'],
    [
      'and goes behind the one of another host',
      'http://k.test/p',
      { authority: 'o.test:81', port: 82 },
      'http://o.test:81:82/p',
    ],
    ['an address of IPv6 keeps its brackets', 'http://[::1]/p', { scheme: 'https' }, 'https://[::1]/p'],
    ['and its port', 'http://[::1]:8080/p', { scheme: 'https' }, 'https://[::1]:8080/p'],
    [
      'all of it',
      'http://k.test:8080/p?q=1',
      { scheme: 'https', authority: 'o.test', port: 8443, uri: '/n' },
      'https://o.test:8443/n?q=1',
    ],
  ]
  it.each(rows)('%s', (_sentence, url, changes, expected) => expect(location(url, changes)).toBe(expected))

  it('has the scheme the request came by', () => {
    expect(location('http://k.test/p', {}, { ...gateway, scheme: 'https' })).toBe('https://k.test/p')
  })
})

describe('the answer of a redirect', () => {
  it.each([301, 302, 303, 307, 308])('has the rule’s code %d and no body', code => {
    const reply = redirectReply(hopOf({}), { kind: 'redirect', ...unchanged, code })
    expect(reply).toMatchObject({ status: code, body: '', flags: '-', details: 'direct_response' })
  })

  it('of a server with httpsRedirect is 301 to the same place by https', () => {
    const reply = redirectReply(hopOf({ host: 'k.test', target: '/p?q=1' }), toHttps)
    expect([reply.status, reply.headers]).toEqual([301, ['location', 'https://k.test/p?q=1']])
  })
})

import { describe, expect, it } from 'vitest'
import type { HeaderRules, HeaderValue } from '../../table/header-rules.ts'
import { refuse } from '../answer.ts'
import { flag } from '../hop.ts'
import { answeredBy, hopOf } from '../hop-harness.ts'
import { localReplies } from '../local-reply.ts'
import { applyRequestRules } from './header-rules.ts'

const command = (name: string, argument?: string): HeaderValue => [{ command: name, argument, length: undefined }]
const rules = (changes: Partial<HeaderRules>): HeaderRules => ({ remove: [], set: [], add: [], ...changes })

function sent(headers: string, requestHeaders: HeaderRules): string[] {
  const hop = hopOf({ headers, requestHeaders })
  applyRequestRules(hop)
  const lines: string[] = []
  for (let at = 0; at < hop.headers.length; at += 2) lines.push(`${hop.headers[at]}: ${hop.headers[at + 1]}`)
  return lines.filter(line => line.startsWith('x-user') || line.startsWith('x-copy'))
}

describe('header rules of a request, as Envoy carries them out', () => {
  it('read every value before they write one', () => {
    const changes = rules({
      set: [{ name: 'x-user', value: 'new' }],
      add: [{ name: 'x-copy', value: command('REQ', 'x-user') }],
    })
    expect(sent('x-user: old\r\n', changes)).toEqual(['x-user: new', 'x-copy: old'])
  })

  it('read nothing of a name they remove', () => {
    const changes = rules({ remove: ['x-user'], add: [{ name: 'x-copy', value: command('REQ', 'x-user') }] })
    expect(sent('x-user: old\r\n', changes)).toEqual([])
  })

  it('read the first line of a name', () => {
    const changes = rules({ add: [{ name: 'x-copy', value: command('REQ', 'x-user') }] })
    expect(sent('x-user: one\r\nx-user: two\r\n', changes)).toEqual(['x-user: one', 'x-user: two', 'x-copy: one'])
  })

  it('read every line of a name in an expression', () => {
    const changes = rules({ add: [{ name: 'x-copy', value: command('CEL', "request.headers['x-user']") }] })
    expect(sent('x-user: one\r\nx-user: two\r\n', changes).at(-1)).toBe('x-copy: one,two')
  })
})

describe('header rules of an answer in the proxy’s own name', () => {
  const asked = (name: string) => rules({ add: [{ name: 'x-copy', value: command(name) }] })

  it('see no code yet', () => {
    const hop = hopOf({ responseHeaders: asked('RESPONSE_CODE') })
    refuse(hop, localReplies.clusterNotFound)
    expect(answeredBy(hop).replies[0]?.headers).toEqual(['x-copy', '0'])
  })

  it('see the flags of earlier tries too', () => {
    const hop = hopOf({ responseHeaders: asked('RESPONSE_FLAGS') })
    flag(hop, 'URX')
    refuse(hop, { ...localReplies.clusterNotFound, flags: 'UF' })
    expect(answeredBy(hop).replies[0]?.headers).toEqual(['x-copy', 'URX,UF'])
  })

  it('do not hold for a preflight, which the CORS filter answers by itself', () => {
    const hop = hopOf({ responseHeaders: asked('RESPONSE_CODE') })
    refuse(hop, { ...localReplies.clusterNotFound, headers: ['access-control-allow-origin', 'a'], unruled: true })
    expect(answeredBy(hop).replies[0]?.headers).toEqual(['access-control-allow-origin', 'a'])
  })
})

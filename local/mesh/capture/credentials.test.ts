import { describe, expect, it } from 'vitest'
import type { Identity } from '../../seams/identity.ts'
import { Credentials } from './credentials.ts'

const identity = (name: string): Identity => ({ namespace: 'app', serviceAccount: 'default', labels: {}, name })
const basic = (userinfo: string) => `Basic ${Buffer.from(userinfo).toString('base64')}`

describe('a credential', () => {
  it('names its holder, and only its holder', () => {
    const credentials = new Credentials()
    const [one, two] = [identity('one'), identity('two')]
    const [first, second] = [credentials.issue(one), credentials.issue(two)]
    expect(credentials.identify(basic(first.userinfo))).toBe(one)
    expect(credentials.identify(basic(second.userinfo))).toBe(two)
  })

  it('is new with every issue, for the same holder too', () => {
    const credentials = new Credentials()
    const all = Array.from({ length: 100 }, () => credentials.issue(identity('x')).userinfo)
    expect(new Set(all).size).toBe(100)
    expect(new Set(all.map(userinfo => userinfo.split(':')[1])).size).toBe(100)
  })

  it('is worth nothing once revoked, while others hold', () => {
    const credentials = new Credentials()
    const [gone, held] = [credentials.issue(identity('gone')), credentials.issue(identity('held'))]
    gone.revoke()
    expect(credentials.identify(basic(gone.userinfo))).toBeUndefined()
    expect(credentials.identify(basic(held.userinfo))?.name).toBe('held')
    gone.revoke()
  })

  it.each([
    ['the scheme in lower case', (header: string) => header.replace('Basic', 'basic'), true],
    ['the scheme in capitals', (header: string) => header.replace('Basic', 'BASIC'), true],
    ['more spaces', (header: string) => header.replace(' ', '   '), true],
    ['another scheme', (header: string) => header.replace('Basic', 'Bearer'), false],
    ['the token in lower case', (header: string) => `Basic ${header.slice(6).toLowerCase()}`, false],
    ['one character more', (header: string) => `${header}A`, false],
    ['one character less', (header: string) => header.slice(0, -1), false],
    ['the token alone', (header: string) => header.slice(6), false],
    ['a second word', (header: string) => `${header} x`, false],
    ['nothing', () => '', false],
  ] as const)('is known, or not, written with %s', (_how, write, known) => {
    const credentials = new Credentials()
    const { userinfo } = credentials.issue(identity('x'))
    expect(credentials.identify(write(basic(userinfo))) !== undefined).toBe(known)
  })

  it('is missing when the header is', () => {
    expect(new Credentials().identify(undefined)).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { headerFormatFlaw } from './header-format.ts'

describe('values of headers', () => {
  it.each([
    '',
    'plain',
    '100%%',
    '%HOSTNAME%',
    'a-%REQ(x-a?x-b)% b',
    '%START_TIME(%s)%',
    '%X(["a", "b\\"c"])%',
    '%X( a )  %',
  ])('%j is fine', value => expect(headerFormatFlaw(value)).toBeUndefined())

  it.each([
    ['100%', 'Un-escaped %'],
    ['%REQ(x', "Un-terminated variable expression '%REQ(x'"],
    ['%REQ(x)', "Un-terminated variable expression '%REQ(x)'"],
    ['%REQ(user-agent):1%', "Expecting '%' or whitespace after"],
    ['%X([a])%', `Expecting '"'`],
    ['%X(["a" b])%', "Expecting ',', ']', or whitespace"],
    ['%X(["a"]b)%', "Expecting ')' or whitespace after '{}', but found '{}'"],
    ['%X(a\\', 'Un-terminated backslash in JSON string'],
  ])('%j is not', (value, why) => expect(headerFormatFlaw(value)).toBe(`invalid header configuration. ${why}`))
})

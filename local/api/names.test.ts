import { describe, expect, it } from 'vitest'
import { dns1035LabelFlaw, dnsLabelFlaw, dnsSubdomainFlaw, labelValueFlaw, qualifiedNameFlaw } from './names.ts'

const long = (length: number) => 'a'.repeat(length)

describe('a DNS label', () => {
  it.each(['a', 'my-name', '123-abc', long(63)])('takes %s', name => expect(dnsLabelFlaw(name)).toBeUndefined())
  it.each(['', 'Upper', '-a', 'a-', 'a.b', 'a_b', 'ä'])('refuses "%s"', name =>
    expect(dnsLabelFlaw(name)).toContain('RFC 1123'),
  )
  it('refuses 64 characters', () => expect(dnsLabelFlaw(long(64))).toBe('must be no more than 63 characters'))
})

describe('a DNS subdomain', () => {
  it.each(['a', 'a.b', '1.example.com'])('takes %s', name => expect(dnsSubdomainFlaw(name)).toBeUndefined())
  it.each(['a..b', '.a', 'a.', 'a.-b', 'A.b'])('refuses "%s"', name => expect(dnsSubdomainFlaw(name)).toBeDefined())
  it('ends in linear time on what almost fits', () => {
    const started = performance.now()
    expect(dnsSubdomainFlaw(`${long(252)}_`)).toBeDefined()
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('a DNS-1035 label', () => {
  it('takes my-name', () => expect(dns1035LabelFlaw('my-name')).toBeUndefined())
  it('refuses a digit first', () => expect(dns1035LabelFlaw('1a')).toContain('start with an alphabetic character'))
})

describe('a label value', () => {
  it.each(['', 'MyValue', 'my_value', '12345', 'a.b-c'])('takes "%s"', value =>
    expect(labelValueFlaw(value)).toBeUndefined(),
  )
  it.each(['-a', 'a b', 'a/b', long(64)])('refuses "%s"', value => expect(labelValueFlaw(value)).toBeDefined())
})

describe('the key of a label or annotation', () => {
  it.each(['a', 'serving.knative.dev/creator', 'Abc_d'])('takes %s', key =>
    expect(qualifiedNameFlaw(key)).toBeUndefined(),
  )
  it.each([
    ['', 'name part must be non-empty'],
    ['a/', 'name part must be non-empty'],
    ['/a', 'prefix part must be non-empty'],
    ['a/b/c', 'one slash'],
    ['A.B/c', 'prefix part a lowercase RFC 1123 subdomain'],
    ['a/b c', 'name part must consist'],
  ])('refuses "%s": %s', (key, sentence) => expect(qualifiedNameFlaw(key)).toContain(sentence))
})

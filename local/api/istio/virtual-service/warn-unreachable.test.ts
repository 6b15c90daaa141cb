import { describe, expect, it } from 'vitest'
import { objectOf, warningsOf } from '../verdict-harness.ts'

const to = 'route: [{destination: {host: reviews}}]'
const warnings = (http: string) => warningsOf(objectOf('VirtualService', `{hosts: [a], http: [${http}]}`))

describe('rules that no request reaches', () => {
  it.each([
    [
      'a second rule without matches',
      `{${to}}, {${to}}`,
      ['virtualService rule #1 not used (only the last rule can have no matches)'],
    ],
    [
      'a rule behind one without matches',
      `{${to}}, {name: x, match: [{uri: {prefix: /}}], ${to}}`,
      ['virtualService rule "x" not used (route without matches defined before)'],
    ],
    [
      'the same match again, its fields in another order',
      `{match: [{port: 1, uri: {exact: /}}], ${to}}, {match: [{uri: {exact: /}, port: 1}, {uri: {exact: /b}}], ${to}}`,
      ['virtualService rule #1 match #0 is not used (duplicate/overlapping match in rule #0)'],
    ],
    [
      'nothing but matches of before',
      `{match: [{name: m, uri: {exact: /}}], ${to}}, {match: [{uri: {exact: /}}], ${to}}`,
      [
        'virtualService rule #1 match #0 is not used (duplicate/overlapping match in rule #0)',
        'virtualService rule #1 not used (all matches used by prior rules)',
      ],
    ],
    [
      'a longer prefix behind a shorter',
      `{match: [{uri: {prefix: /a}}], ${to}}, {match: [{uri: {prefix: /ab}}], ${to}}`,
      [
        'virtualService rule #1 match #0 of prefix /ab is not used (duplicate/overlapping match in rule #0 of prefix /a on #0)',
      ],
    ],
    [
      'a longer prefix of another method',
      `{match: [{uri: {prefix: /a}, method: {exact: PUT}}], ${to}}, {match: [{uri: {prefix: /ab}}], ${to}}`,
      [],
    ],
    [
      'a longer prefix before a shorter',
      `{match: [{uri: {prefix: /ab}}], ${to}}, {match: [{uri: {prefix: /a}}], ${to}}, {${to}}`,
      [],
    ],
  ])('%s', (_, http, said) => expect(warnings(http)).toEqual(said))
})

describe('other warnings', () => {
  it('of deprecated fields and forms', () => {
    expect(warnings(`{${to}, mirror: {host: a}, mirrorPercent: 5}`)).toEqual([
      'using deprecated setting "mirrorPercent", use "mirrorPercentage" instead',
    ])
    expect(warningsOf(objectOf('VirtualService', `{hosts: [a], gateways: [gw.ns.svc], http: [{${to}}]}`))).toEqual([
      'using legacy gatewayName format "gw.ns.svc"; prefer the <namespace>/<name> format: "ns/gw"',
    ])
  })

  it('of none, for objects of other projects', () => {
    expect(warningsOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } })).toEqual([])
  })
})

// Short and full names of hosts and gateways.
import { describe, expect, it } from 'vitest'
import { coversHost, hostsOverlap, isExportedTo, resolveGateway, resolveHost } from './names.ts'

describe('a host', () => {
  it.for([
    ['reviews', 'reviews.app.svc.cluster.local'],
    ['Reviews', 'reviews.app.svc.cluster.local'],
    ['reviews.default', 'reviews.default'],
    ['Example.COM', 'example.com'],
    ['*', '*'],
    ['*.wild.com', '*.wild.com'],
    ['10.0.0.1', '10.0.0.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['', ''],
  ])('%s is %s', ([host = '', full]) => expect(resolveHost(host, 'app')).toBe(full))
})

describe('a gateway', () => {
  it.for([
    ['mesh', 'mesh'],
    ['gw', 'app/gw'],
    ['./gw', 'app/gw'],
    ['istio-system/gw', 'istio-system/gw'],
    ['gw.other', 'other/gw'],
    ['gw.other.svc.cluster.local', 'other/gw'],
  ])('%s is %s', ([gateway = '', full]) => expect(resolveGateway(gateway, 'app')).toBe(full))
})

describe('wildcards', () => {
  it.for([
    ['*', 'a.com', true],
    ['*.com', 'a.com', true],
    ['*.com', '*.a.com', true],
    ['*.a.com', '*.com', false],
    ['*.a.com', 'a.com', false],
    ['a.com', 'a.com', true],
    ['a.com', '*.com', false],
  ] as const)('%s covers %s: %s', ([outer, inner, covers]) => expect(coversHost(outer, inner)).toBe(covers))
  it('two overlap when one covers the other', () => {
    expect([hostsOverlap('a.com', '*.com'), hostsOverlap('*.com', 'a.com'), hostsOverlap('a.com', 'b.com')]).toEqual([
      true,
      true,
      false,
    ])
  })
})

describe('exportTo', () => {
  it.for([
    [undefined, true],
    [[], true],
    [['*'], true],
    [['.'], false],
    [['caller'], true],
    [['other', 'caller'], true],
    [['~'], false],
    [['~', '*'], false],
  ] as const)('%s', ([exportTo, visible]) => expect(isExportedTo(exportTo, 'own', 'caller')).toBe(visible))
  it('a dot is the object’s own namespace', () => expect(isExportedTo(['.'], 'own', 'own')).toBe(true))
})

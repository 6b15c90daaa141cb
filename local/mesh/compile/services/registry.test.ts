import { describe, expect, it } from 'vitest'
import type { MeshService } from '../service-registry.ts'
import { createRegistry } from './registry.ts'

function service(parts: Partial<MeshService>): MeshService {
  return {
    host: 'api.example.com',
    namespace: 'app',
    name: 'api',
    origin: 'ServiceEntry',
    createdAt: '2026-01-01T00:00:00Z',
    ports: [],
    exportTo: [],
    resolution: 'static',
    addresses: [],
    location: 'external',
    aliasOf: undefined,
    subjectAltNames: [],
    ...parts,
  }
}

const port = (number: number, address: string) => ({
  number,
  name: 'http',
  protocol: 'HTTP' as const,
  endpoints: [{ kind: 'address' as const, host: address, port: number, labels: {}, weight: 1, locality: '' }],
})

describe('what a namespace finds', () => {
  it.each([
    [[], 'other', true],
    [['*'], 'other', true],
    [['.'], 'app', true],
    [['.'], 'other', false],
    [['other'], 'other', true],
    [['other'], 'app', false],
    [['~'], 'app', false],
  ])('exported to %j, %s sees it: %s', (exportTo, namespace, expected) => {
    const registry = createRegistry([service({ exportTo })])
    expect(registry.find('api.example.com', namespace) !== undefined).toBe(expected)
    expect(registry.visible(namespace)).toHaveLength(expected ? 1 : 0)
  })

  it('is its own service before that of others', () => {
    const registry = createRegistry([
      service({ namespace: 'a', createdAt: '2025-01-01T00:00:00Z' }),
      service({ namespace: 'b' }),
    ])
    expect(registry.find('api.example.com', 'b')?.namespace).toBe('b')
    expect(registry.find('api.example.com', 'c')?.namespace).toBe('a')
  })

  it('is a Kubernetes Service before a ServiceEntry, however old that is', () => {
    const registry = createRegistry([
      service({ namespace: 'squatter', createdAt: '2020-01-01T00:00:00Z' }),
      service({ namespace: 'app', origin: 'Service' }),
    ])
    expect(registry.find('api.example.com', 'third')?.origin).toBe('Service')
  })

  it('is the older of two, then the one whose name comes first', () => {
    const young = service({ namespace: 'a', name: 'a', createdAt: '2026-02-01T00:00:00Z' })
    const old = service({ namespace: 'b', name: 'z' })
    expect(createRegistry([young, old]).find('api.example.com', 'c')).toBe(old)
    const same = service({ namespace: 'c', name: 'y' })
    expect(createRegistry([old, same]).find('api.example.com', 'd')).toBe(same)
  })

  it('is nothing for a host that nobody has', () => {
    expect(createRegistry([]).find('api.example.com', 'app')).toBeUndefined()
  })
})

describe('in one namespace', () => {
  it('ServiceEntries of one host are one service with the ports and endpoints of both', () => {
    const registry = createRegistry([
      service({ name: 'a', ports: [port(80, '10.0.0.1')], addresses: ['10.9.0.1'] }),
      service({ name: 'b', ports: [port(80, '10.0.0.2'), port(81, '10.0.0.3')] }),
    ])
    const found = registry.find('api.example.com', 'app')
    expect(found?.name).toBe('a')
    expect(found?.ports.map(({ number, endpoints }) => [number, endpoints.length])).toEqual([
      [80, 2],
      [81, 1],
    ])
    expect(registry.visible('app')).toHaveLength(1)
  })

  it('entries that resolve otherwise are not mixed: the older stands', () => {
    const registry = createRegistry([
      service({ name: 'a', ports: [port(80, '10.0.0.1')] }),
      service({ name: 'b', resolution: 'dns', ports: [port(81, 'x.example.com')] }),
    ])
    expect(registry.find('api.example.com', 'app')?.ports).toHaveLength(1)
  })

  it('a Kubernetes Service hides a ServiceEntry of its host', () => {
    const registry = createRegistry([
      service({ ports: [port(80, '10.0.0.1')] }),
      service({ origin: 'Service', ports: [port(90, '10.0.0.2')] }),
    ])
    expect(registry.find('api.example.com', 'app')?.ports.map(({ number }) => number)).toEqual([90])
  })
})

it('lists what is exported to few before what is everybody’s, each in the order of age', () => {
  const registry = createRegistry([
    service({ host: 'public-old', name: 'po', createdAt: '2020-01-01T00:00:00Z' }),
    service({ host: 'private', name: 'pr', exportTo: ['.'] }),
    service({ host: 'public-new', name: 'pn' }),
  ])
  expect(registry.visible('app').map(({ host }) => host)).toEqual(['private', 'public-old', 'public-new'])
  expect(registry.visible('app')).toBe(registry.visible('app'))
})

import { describe, expect, it } from 'vitest'
import { meshFromYaml } from '../from-yaml.ts'
import type { MeshService } from '../service-registry.ts'
import { boundServicesOf } from './all-services.ts'
import type { BoundVirtualService } from './bound-service.ts'
import type { RoutingPlace } from './place.ts'
import { RejectedConfiguration } from './rejection.ts'
import { routesOf } from './remembered-routes.ts'

function bound(http: string): BoundVirtualService {
  const yaml = `{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v}, spec: {hosts: [a.com], http: ${http}}}`
  const [service] = boundServicesOf(meshFromYaml(yaml))
  if (!service) throw new Error('no VirtualService')
  return service
}

const withPorts = (...numbers: number[]) =>
  ({ ports: numbers.map(number => ({ number, name: '', protocol: 'HTTP', endpoints: [] })) }) as unknown as MeshService

function place(parts: Partial<RoutingPlace> = {}): RoutingPlace {
  return {
    port: 80,
    gateway: 'mesh',
    tls: false,
    namespace: 'default',
    labels: {},
    defaultRetries: undefined,
    findService: () => withPorts(9080),
    ...parts,
  }
}

const plain = bound('[{route: [{destination: {host: reviews}}]}]')

describe('routes are the same as before', () => {
  it('for the same place, however it is put', () => {
    expect(routesOf(plain, place())).toBe(routesOf(plain, place()))
  })

  it('when a service is another one with the same ports', () => {
    expect(routesOf(plain, place({ findService: () => withPorts(9080) }))).toBe(routesOf(plain, place()))
  })

  it('for callers with other labels, where no rule asks for labels', () => {
    expect(routesOf(plain, place({ labels: { app: 'x' } }))).toBe(routesOf(plain, place()))
  })
})

describe('routes are compiled anew', () => {
  it.each([
    ['at another port', { port: 81 }],
    ['behind TLS', { tls: true }],
    ['for another namespace', { namespace: 'other' }],
    ['with other retries of the mesh', { defaultRetries: { attempts: 9 } }],
  ] satisfies [string, Partial<RoutingPlace>][])('%s', (_title, other) => {
    const before = routesOf(plain, place())
    expect(routesOf(plain, place(other))).not.toBe(before)
  })

  it('when the destination has another port now', () => {
    const clusterAt = (port: number) => {
      const [route] = routesOf(plain, place({ findService: () => withPorts(port) }))
      return route?.action.kind === 'forward' ? route.action.clusters[0]?.cluster : undefined
    }
    expect(clusterAt(9080)).toBe('outbound|9080||reviews.default.svc.cluster.local')
    expect(clusterAt(9090)).toBe('outbound|9090||reviews.default.svc.cluster.local')
  })

  it('when the destination is gone, or another name of some other host', () => {
    const before = routesOf(plain, place())
    expect(routesOf(plain, place({ findService: () => undefined }))).not.toBe(before)
    const alias = { ...withPorts(9080), aliasOf: 'x.y.svc.cluster.local' }
    const [route] = routesOf(plain, place({ findService: () => alias }))
    expect(route?.action).toMatchObject({ clusters: [{ cluster: 'outbound|9080||x.y.svc.cluster.local' }] })
  })

  it('for callers whose labels differ where a rule asks for them', () => {
    const asking = bound(
      '[{match: [{uri: {prefix: /x}, sourceLabels: {app: front}}], route: [{destination: {host: a}}]}, {route: [{destination: {host: b}}]}]',
    )
    const count = (labels: Record<string, string>) => routesOf(asking, place({ labels })).length
    expect([count({ app: 'front' }), count({ app: 'back' }), count({ app: 'front', version: 'v1' })]).toEqual([2, 1, 2])
  })

  it('each time while Envoy would refuse them', () => {
    const refused = bound('[{headers: {request: {set: {x: "%NOPE%"}}}, route: [{destination: {host: a}}]}]')
    for (let n = 0; n < 2; n++) expect(() => routesOf(refused, place())).toThrow(RejectedConfiguration)
  })
})

describe('VirtualServices that did not change', () => {
  const yaml = (child: string) => `
{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: root}, spec: {hosts: [a.com], gateways: [g], http: [{delegate: {name: child}}]}}
---
{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: child}, spec: {http: [{name: ${child}, route: [{destination: {host: b}}]}]}}`

  it('are bound once, with their delegates too', () => {
    const objects = meshFromYaml(yaml('one'))
    const [root] = boundServicesOf(objects)
    expect(boundServicesOf({ ...objects })[0]).toBe(root)
  })

  it('are bound again when a delegate changed', () => {
    const objects = meshFromYaml(yaml('one'))
    const changed = {
      ...objects,
      virtualServices: [...objects.virtualServices.slice(0, 1), ...meshFromYaml(yaml('two')).virtualServices.slice(1)],
    }
    const names = [objects, changed].map(some => boundServicesOf(some)[0]?.rules[0]?.http.name)
    expect(names).toEqual(['one', 'two'])
  })
})

import { describe, expect, it } from 'vitest'
import { dotted, type EventObserver, observers } from './events.ts'
import { headerOf, isGrpc, serviceOf } from './request.ts'

describe('the service in a cluster’s name', () => {
  it.each([
    ['outbound|80||a.app.svc.cluster.local', { host: 'a.app.svc.cluster.local', port: 80, subset: '' }],
    [
      'outbound|9080|v2|reviews.shop.svc.cluster.local',
      { host: 'reviews.shop.svc.cluster.local', port: 9080, subset: 'v2' },
    ],
    ['PassthroughCluster', undefined],
    ['BlackHoleCluster', undefined],
    ['inbound|80||', undefined],
    ['', undefined],
  ])('%j', (cluster, service) => expect(serviceOf(cluster)).toEqual(service))
})

it.each([
  ['application/grpc', true],
  ['application/grpc+proto', true],
  ['application/json', false],
  ['', false],
])('a request with content type %j speaks gRPC: %s', (contentType, is) => expect(isGrpc({ contentType })).toBe(is))

it('a header is the first of its name, and never a value that reads like one', () => {
  const headers = ['x-a', 'x-b', 'x-b', '1', 'x-b', '2']
  expect([headerOf(headers, 'x-b'), headerOf(headers, '1'), headerOf(headers, 'x-c')]).toEqual([
    '1',
    undefined,
    undefined,
  ])
})

describe('observers of events', () => {
  const logged = { event: { attributes: { id: '1' } }, headers: [] }
  const attempt = { to: 'http://f', status: 200, ms: 1, next: 'done' }

  it('are told of each step, in their order', () => {
    const told: unknown[] = []
    const observer = (name: string): EventObserver => ({
      arrived: (...step) => void told.push([name, 'arrived', ...step]),
      tried: (...step) => void told.push([name, 'tried', ...step]),
    })
    const both = observers([observer('one'), observer('two')])
    both.arrived('log:1', 'app/default', logged)
    both.tried('log:1', 'app/t', attempt, { broker: 'app/default', logged })
    expect(told).toEqual([
      ['one', 'arrived', 'log:1', 'app/default', logged],
      ['two', 'arrived', 'log:1', 'app/default', logged],
      ['one', 'tried', 'log:1', 'app/t', attempt, { broker: 'app/default', logged }],
      ['two', 'tried', 'log:1', 'app/t', attempt, { broker: 'app/default', logged }],
    ])
  })

  it('name brokers and triggers as Knative’s spans do', () => {
    expect([dotted('app/default'), dotted('default')]).toEqual(['default.app', '.default'])
  })
})

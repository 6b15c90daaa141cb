import { expect, it } from 'vitest'
import { formatOverview } from './overview.ts'

const service = (name: string, url: string) => ({
  namespace: 'app',
  name,
  url,
  ready: 'True',
  reason: '',
  instances: 0,
})

const status = {
  pid: 7,
  startedAt: '2026-01-01T00:00:00Z',
  project: '/project',
  ports: { 80: 8080 },
  metrics: 'http://127.0.0.1:15020/metrics',
  ready: true,
  services: [
    service('shop', 'http://shop.app.localhost:8080'),
    service('page', 'http://page.app.localhost:8080'),
    service('stock', 'http://stock.app.svc.cluster.local'),
  ],
}

const curls = (text: string) => text.split('\n').filter(line => line.startsWith('  curl'))

it('says how many services are ready, and after how long', () => {
  expect(formatOverview(status, [], 420)).toMatch(/^skiff is up: 3 of 3 services ready in 420 ms, process 7\n/)
})

it('gives one curl for each public service, none for those only the mesh reaches', () => {
  expect(curls(formatOverview(status, [], 1))).toEqual([
    '  curl http://shop.app.localhost:8080   # app',
    '  curl http://page.app.localhost:8080   # app',
  ])
})

it('names a service by its own host and the path worth trying, and then not by its URL', () => {
  const mapped = { namespace: 'app', hosts: ['shop.example.org'], path: '/api', gatewayPort: 80, service: 'app/shop' }
  expect(curls(formatOverview(status, [mapped], 1))).toEqual([
    "  curl -H 'Host: shop.example.org' http://127.0.0.1:8080/api   # app",
    '  curl http://page.app.localhost:8080                          # app',
  ])
})

it('gives one line for hosts of the same thing: that which needs no Host header', () => {
  const hosts = ['usvc.example.org', 'api.relay.localhost', 'other.example.org']
  const routed = { namespace: 'relay', hosts, path: '/', gatewayPort: 80 }
  expect(curls(formatOverview({ ...status, services: [] }, [routed], 1))).toEqual([
    '  curl http://api.relay.localhost:8080/   # relay; also as Host: usvc.example.org, other.example.org',
  ])
})

it('takes the port that the Gateway has on this machine, and leaves out one without a listener', () => {
  const at = (gatewayPort: number) => ({
    namespace: 'app',
    hosts: [`p${gatewayPort}.localhost`],
    path: '/',
    gatewayPort,
  })
  const ports = { 80: 8080, 9000: 9000 }
  expect(curls(formatOverview({ ...status, ports, services: [] }, [at(9000), at(7000)], 1))).toEqual([
    '  curl http://p9000.localhost:9000/   # app',
  ])
})

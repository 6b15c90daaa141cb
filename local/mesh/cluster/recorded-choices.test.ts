// What a real gateway chose for the requests of a recording, our balancer chooses for the clusters of the same YAML.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../kernel/clock.ts'
import { seededRandom } from '../../kernel/random.ts'
import { compileMesh } from '../compile/compile.ts'
import { meshFromYaml } from '../compile/from-yaml.ts'
import type { Cluster, ClusterEndpoint } from '../table/cluster.ts'
import { createBalancer } from './create-balancer.ts'
import { placed, portOf, request } from './fixture.ts'

const folder = new URL('../../../test/recordings/istio/gateway/', import.meta.url)
const text = (file: string) => readFileSync(new URL(file, folder), 'utf8')
const config = readdirSync(new URL('config/', folder)).toSorted()
const mesh = compileMesh(meshFromYaml(config.map(file => text(`config/${file}`)).join('\n---\n')))

interface Recorded {
  id: string
  host: string
  headers?: Record<string, string>
  n?: number
  backends: Record<string, number>
  statuses: Record<string, number>
}

const lines = (file: string) =>
  text(file)
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Recorded)
const answers = new Map(lines('answers.jsonl').map(answer => [answer.id, answer]))

function recorded(id: string): Recorded {
  const asked = lines('requests.jsonl').find(one => one.id === id)
  const answer = answers.get(id)
  if (!asked || !answer) throw new Error(`${id} was not recorded`)
  return { ...asked, ...answer }
}

function clusterOf(service: string): Cluster {
  const found = mesh.clusters.get(`outbound|9080||${service}.default.svc.cluster.local`)
  if (!found) throw new Error(`no cluster of ${service}`)
  return found
}

/** The backend behind an endpoint is called by its service and version. */
const backendOf = ({ labels }: ClusterEndpoint) => `${labels.app}-${labels.version}`

function choices(service: string, headers: Record<string, string> = {}, n = 1): Record<string, number> {
  const balancer = createBalancer({ clock: new FakeClock(), random: seededRandom(5) })
  const counts: Record<string, number> = {}
  for (let index = 0; index < n; index++) {
    const placement = placed(balancer, clusterOf(service), request({ headers: Object.entries(headers).flat() }))
    placement.done({ kind: 'status', status: 200 })
    const backend = backendOf(placement.endpoint)
    counts[backend] = (counts[backend] ?? 0) + 1
  }
  return counts
}

describe('the recorded gateway', () => {
  it.each(['hash-a', 'hash-b', 'hash-c'])('%s: one user is always at one endpoint, and at the same as there', id => {
    const { headers, n, backends } = recorded(id)
    expect(choices('hash', headers, n)).toEqual(backends)
  })

  it('hash-none: without the header the same endpoints have their share', () => {
    const { n = 0, backends } = recorded('hash-none')
    const ours = choices('hash', {}, n)
    expect(Object.keys(ours).toSorted()).toEqual(Object.keys(backends).toSorted())
  })

  it('rr: each endpoint has as many turns as there', () => {
    const { n = 0, backends } = recorded('rr')
    const balancer = createBalancer({ clock: new FakeClock(), random: seededRandom(5) })
    const turns = new Map<number, number>()
    for (let index = 0; index < n; index++) {
      const port = portOf(placed(balancer, clusterOf('rr')))
      turns.set(port, (turns.get(port) ?? 0) + 1)
    }
    expect([...turns.values()]).toEqual(Object.values(backends))
  })

  it('cb: as many of six at once pass as there', () => {
    const { n = 0, statuses } = recorded('cb')
    const balancer = createBalancer({ clock: new FakeClock(), random: seededRandom(5) })
    const outcomes = Array.from({ length: n }, () => balancer.place(clusterOf('cb'), request()))
    expect(outcomes.filter(outcome => outcome === 'overflow')).toHaveLength(statuses['503'] ?? 0)
  })

  it('noep: a service without endpoints is there, and has nobody to answer', () => {
    const balancer = createBalancer({ clock: new FakeClock(), random: seededRandom(5) })
    expect(balancer.place(clusterOf('noep'), request())).toBe('no_healthy_upstream')
    expect(Object.keys(recorded('noep').statuses)).toEqual(['503'])
  })
})

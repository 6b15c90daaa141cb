// A real Envoy, set up as Istio sets up the one of its ingress gateway.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

type Json = Readonly<Record<string, unknown>>

export interface EnvoyConfig {
  /** Where it listens on the loopback. */
  port: number
  virtualHosts: readonly Json[]
  /** Ports of the loopback by cluster. */
  clusters: Readonly<Record<string, number>>
}

const startTimeoutMs = 30_000

/** Rejects, with what Envoy said, when it does not come up. Resolves with what ends it. */
export async function startEnvoy(binary: string, config: EnvoyConfig): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'envoy-differential-'))
  writeFileSync(join(folder, 'envoy.json'), JSON.stringify(bootstrap(config)))
  const log = join(folder, 'envoy.log')
  const flags = [
    '-c',
    join(folder, 'envoy.json'),
    '--concurrency',
    '1',
    '--use-dynamic-base-id',
    '-l',
    'error',
    '--log-path',
    log,
  ]
  const envoy = spawn(binary, flags, { stdio: 'ignore' })
  let over: Error | number | undefined
  const ended = new Promise<void>(resolve => {
    const end = (why: Error | number | null) => {
      over ??= why ?? 0
      resolve()
    }
    envoy.once('close', end).once('error', end)
  })
  const stop = async () => {
    envoy.kill()
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  const deadline = Date.now() + startTimeoutMs
  while (!(await accepts(config.port))) {
    if (over !== undefined || Date.now() > deadline) {
      const said = existsSync(log) ? readFileSync(log, 'utf8').slice(-2_000) : ''
      await stop()
      throw new Error(`Envoy (${binary}) did not start: ${over ?? `not listening after ${startTimeoutMs} ms`}\n${said}`)
    }
    await delay(50)
  }
  return stop
}

function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

const extension = (name: string) => ({ '@type': `type.googleapis.com/envoy.extensions.${name}` })
const socket = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } })

function bootstrap({ port, virtualHosts, clusters }: EnvoyConfig): Json {
  const manager = {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: connectionManager(virtualHosts),
  }
  return {
    static_resources: {
      listeners: [
        {
          name: 'gateway',
          traffic_direction: 'OUTBOUND',
          address: socket(port),
          filter_chains: [{ filters: [manager] }],
        },
      ],
      clusters: Object.entries(clusters).map(([name, at]) => cluster(name, at)),
    },
  }
}

function connectionManager(virtualHosts: readonly Json[]): Json {
  const filter = (name: string, type: string) => ({ name: `envoy.filters.http.${name}`, typed_config: extension(type) })
  return {
    ...extension('filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'gateway',
    server_name: 'istio-envoy',
    use_remote_address: true,
    normalize_path: true,
    path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
    stream_idle_timeout: '0s',
    proxy_100_continue: true,
    // Sampled never, and yet the reason why requests carry the name of their operation.
    tracing: { random_sampling: { value: 0 }, client_sampling: { value: 0 }, overall_sampling: { value: 0 } },
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    route_config: { name: 'http.80', validate_clusters: false, virtual_hosts: virtualHosts },
    http_filters: [
      filter('fault', 'filters.http.fault.v3.HTTPFault'),
      filter('cors', 'filters.http.cors.v3.Cors'),
      filter('router', 'filters.http.router.v3.Router'),
    ],
  }
}

function cluster(name: string, port: number): Json {
  const most = 4_294_967_295
  const thresholds = [{ max_connections: most, max_pending_requests: most, max_requests: most, max_retries: most }]
  return {
    name,
    connect_timeout: '10s',
    circuit_breakers: { thresholds },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(port) } }] }] },
  }
}

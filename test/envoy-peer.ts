// Two gateways with the same rules before the same backend: a real Envoy, configured as Istio does it, and ours.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { envoyBinary } from '../load/bench/envoy.ts'
import { freePort } from '../load/world.ts'
import { systemClock } from '../local/kernel/clock.ts'
import { seededRandom } from '../local/kernel/random.ts'
import { compileMesh } from '../local/mesh/compile/compile.ts'
import { createMesh } from '../local/mesh/mesh.ts'
import { backendEntry, shopRules } from '../local/mesh/proxy/http2/http2-harness.ts'
import { knativeObjects } from '../local/mesh/testing/objects.ts'

/** Envoy's binary, where the environment names one. */
export const binary = process.env.ENVOY ? envoyBinary() : undefined

export interface GatewayOptions {
  /** Ports of the loopback: what answers, and where nobody listens. */
  backend: number
  refused: number
  /** What the backend speaks. */
  http2: boolean
}

export interface Gateway {
  port: number
  stop(): unknown
}

const rules = [
  { match: [{ uri: { prefix: '/direct' } }], directResponse: { status: 503, body: { string: 'no, 50 %' } } },
  { match: [{ uri: { prefix: '/redirect' } }], redirect: { uri: '/there' } },
  {
    match: [{ uri: { prefix: '/refused' } }],
    route: [{ destination: { host: 'refused.test' } }],
    retries: { attempts: 0 },
  },
  { retries: { attempts: 0 } },
]

export async function ourGateway({ backend, refused, http2 }: GatewayOptions): Promise<Gateway> {
  const upstreams = {
    lease() {
      throw new Error('no revision is called here')
    },
  }
  const mesh = createMesh({ clock: systemClock, random: seededRandom(1), log: () => {}, upstreams })
  const entry = (host: string, to: number) => {
    const { metadata, spec, ...one } = backendEntry(to)
    const ports = [{ number: 80, name: 'grpc', protocol: http2 ? 'GRPC' : 'HTTP' }]
    return { ...one, metadata: { ...metadata, name: host }, spec: { ...spec, hosts: [host], ports } }
  }
  const serviceEntries = [entry('backend.test', backend), entry('refused.test', refused)]
  mesh.setTable(compileMesh(knativeObjects([], { serviceEntries, virtualServices: [shopRules(...rules)] })))
  const { port } = await mesh.listen({ host: '127.0.0.1', port: 0, gatewayPort: 80 })
  return { port, stop: () => mesh.close(0) }
}

export async function envoyGateway(program: string, options: GatewayOptions): Promise<Gateway> {
  const port = await freePort()
  return { port, stop: await runEnvoy(program, configuration(port, options), port) }
}

/** Resolves with how to stop it once it accepts connections at `port`. */
export async function runEnvoy(program: string, config: unknown, port: number): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-envoy-'))
  const file = join(folder, 'envoy.json')
  writeFileSync(file, JSON.stringify(config))
  const quick = ['--file-flush-interval-msec', '20']
  const flags = ['-c', file, '--concurrency', '1', '--use-dynamic-base-id', '-l', 'error', ...quick]
  const child = spawn(program, flags, { stdio: 'inherit' })
  while (!(await accepts(port))) await new Promise(resolve => setTimeout(resolve, 50))
  return () => {
    child.kill()
    rmSync(folder, { recursive: true })
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(socket.destroy() !== undefined)).once('error', () => resolve(false))
  })
}

function configuration(port: number, { backend, refused, http2 }: GatewayOptions): unknown {
  const type = (name: string) => ({ '@type': `type.googleapis.com/envoy.extensions.${name}` })
  const socket = (at: number) => ({ socket_address: { address: '127.0.0.1', port_value: at } })
  const protocol = {
    ...type('upstreams.http.v3.HttpProtocolOptions'),
    explicit_http_config: { http2_protocol_options: {} },
  }
  const cluster = (name: string, at: number) => ({
    ...{ name, connect_timeout: '5s' },
    ...(http2 && {
      typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': protocol },
    }),
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(at) } }] }] },
  })
  const routes = [
    { match: { prefix: '/direct' }, direct_response: { status: 503, body: { inline_string: 'no, 50 %' } } },
    { match: { prefix: '/redirect' }, redirect: { path_redirect: '/there' } },
    { match: { prefix: '/refused' }, route: { cluster: 'refused', timeout: '0s' } },
    { match: { prefix: '/' }, route: { cluster: 'backend', timeout: '0s', max_grpc_timeout: '0s' } },
  ]
  const manager = {
    ...type('filters.network.http_connection_manager.v3.HttpConnectionManager'),
    ...{ stat_prefix: 'gateway', codec_type: 'AUTO', server_name: 'istio-envoy', use_remote_address: true },
    ...{ normalize_path: true, path_with_escaped_slashes_action: 'KEEP_UNCHANGED' },
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    route_config: { virtual_hosts: [{ name: 'shop', domains: ['shop.test'], routes }] },
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: type('filters.http.router.v3.Router') }],
  }
  const filter = { name: 'envoy.filters.network.http_connection_manager', typed_config: manager }
  return {
    // As Istio's bootstrap has it.
    layered_runtime: {
      layers: [{ name: 'istio', static_layer: { 'envoy.reloadable_features.http_reject_path_with_fragment': false } }],
    },
    static_resources: {
      listeners: [{ name: 'gateway', address: socket(port), filter_chains: [{ filters: [filter] }] }],
      clusters: [cluster('backend', backend), cluster('refused', refused)],
    },
  }
}

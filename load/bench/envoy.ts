// The peer of the mesh: a real Envoy with one listener, one route configuration and one backend.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, pause } from '../world.ts'

export interface EnvoyOptions {
  /** The port of the backend on the loopback. */
  backend: number
  /** Envoy's own shape: `{ name, domains, routes }`, with cluster `hello`. */
  virtualHosts: unknown[]
  /** HTTP/2 without TLS on both sides. */
  http2?: boolean
}

export interface Envoy {
  pid: number
  port: number
  stop(): void
}

/** Where Envoy is: `ENVOY`, else on PATH; undefined when it is not. */
export function envoyBinary(): string | undefined {
  const binary = process.env.ENVOY ?? 'envoy'
  return spawnSync(binary, ['--version']).status === 0 ? binary : undefined
}

export async function startEnvoy(binary: string, options: EnvoyOptions): Promise<Envoy> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'skiff-envoy-'))
  const config = join(folder, 'envoy.json')
  writeFileSync(config, JSON.stringify(bootstrap(port, options)))
  const flags = ['-c', config, '--concurrency', '1', '--use-dynamic-base-id', '-l', 'error']
  const envoy = spawn(binary, flags, { stdio: 'ignore' })
  await pause(1_500)
  const stop = () => {
    envoy.kill()
    rmSync(folder, { recursive: true })
  }
  return { pid: envoy.pid ?? 0, port, stop }
}

function bootstrap(port: number, { backend, virtualHosts, http2 = false }: EnvoyOptions): unknown {
  const type = (name: string) => ({ '@type': `type.googleapis.com/envoy.extensions.${name}` })
  const socket = (at: number) => ({ socket_address: { address: '127.0.0.1', port_value: at } })
  const manager = {
    ...type('filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'hello',
    use_remote_address: true,
    codec_type: http2 ? 'HTTP2' : 'HTTP1',
    route_config: { virtual_hosts: virtualHosts },
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: type('filters.http.router.v3.Router') }],
  }
  const protocol = {
    ...type('upstreams.http.v3.HttpProtocolOptions'),
    explicit_http_config: { http2_protocol_options: {} },
  }
  const cluster = {
    name: 'hello',
    connect_timeout: '5s',
    load_assignment: {
      cluster_name: 'hello',
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socket(backend) } }] }],
    },
    ...(http2
      ? { typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': protocol } }
      : {}),
  }
  const filter = { name: 'envoy.filters.network.http_connection_manager', typed_config: manager }
  return {
    static_resources: {
      listeners: [{ name: 'hello', address: socket(port), filter_chains: [{ filters: [filter] }] }],
      clusters: [cluster],
    },
  }
}

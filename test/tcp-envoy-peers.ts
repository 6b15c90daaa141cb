// Two gateways that carry bytes by the same rules before the same backends: a real Envoy, configured as Istio does it, and
// ours. Each says what it tells of a connection when it is over.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../load/world.ts'
import { systemClock } from '../local/kernel/clock.ts'
import { seededRandom } from '../local/kernel/random.ts'
import { compileMesh } from '../local/mesh/compile/compile.ts'
import { meshFromYaml } from '../local/mesh/compile/from-yaml.ts'
import { createMesh } from '../local/mesh/mesh.ts'
import { entry, gateway, rules, to } from '../local/mesh/tcp/tcp-harness.ts'
import { runEnvoy } from './envoy-peer.ts'

/** Ports of the loopback, by the name of the backend; `dead` is one where nobody listens. */
export type Backends = Readonly<Record<'one' | 'two' | 'three' | 'dead', number>>

/** `named` leads by SNI, `open` too and takes everybody else, `plain` takes all, `dead` leads to nobody. */
export type Door = 'named' | 'open' | 'plain' | 'dead'

export interface TcpGateway {
  ports: Readonly<Record<Door, number>>
  /** `flags received sent name cluster` of every connection that is over, as access logs say it. */
  told(): string[]
  stop(): Promise<void> | void
}

/** What each name leads to, door by door; `gone` is no cluster at all, `empty` one without endpoints. */
const ways: Record<Door, readonly (readonly [name: string | undefined, cluster: string])[]> = {
  named: [
    ['a.test', 'one'],
    ['*.test', 'two'],
    ['*.x.test', 'three'],
    ['gone.org', 'gone'],
    ['empty.org', 'empty'],
    ['limit.org', 'limit'],
  ],
  open: [
    ['*', 'one'],
    ['a.test', 'two'],
  ],
  plain: [[undefined, 'one']],
  dead: [[undefined, 'dead']],
}
const doors = ['named', 'open', 'plain', 'dead'] as const
const gatewayPorts: Record<Door, number> = { named: 443, open: 444, plain: 9000, dead: 9001 }

export async function ourTcpGateway(backends: Backends): Promise<TcpGateway> {
  const lines: string[] = []
  const upstreams = {
    lease() {
      throw new Error('no revision is called here')
    },
  }
  const mesh = createMesh({
    ...{ clock: systemClock, random: seededRandom(1), log: () => {}, upstreams },
    onConnection({ flags, receivedBytes, sentBytes, serverName, cluster }) {
      const name = cluster.replace('outbound|1||', '').replace('.out', '')
      lines.push(`${flags} ${receivedBytes} ${sentBytes} ${serverName || '-'} ${name || '-'}`)
    },
  })
  mesh.setTable(compileMesh(meshFromYaml(yamlOf(backends))))
  const open = async (door: Door) => {
    const { port } = await mesh.listen({ host: '127.0.0.1', port: 0, gatewayPort: gatewayPorts[door] })
    return [door, port] as const
  }
  const ports = Object.fromEntries(await Promise.all(doors.map(open))) as TcpGateway['ports']
  return { ports, told: () => lines, stop: () => mesh.close(0) }
}

function yamlOf({ dead, ...backends }: Backends): string {
  const clusters = Object.entries({ ...backends, dead, limit: backends.one })
  const limits = `---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: limit, namespace: app}
spec: {host: limit.out, trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}}}}
`
  const empty = entry('empty.out', 1, 'TCP', 1).replace(/endpoints:.*/, '')
  const entries = clusters.map(([name, port]) => entry(`${name}.out`, 1, 'TCP', port)).join('')
  return entries + empty + limits + doors.map(doorYaml).join('')
}

function doorYaml(door: Door): string {
  const port = gatewayPorts[door]
  const passing = door === 'named' || door === 'open'
  const written = ways[door].map(([name, cluster]) => {
    const match = name === undefined ? '' : `match: [{sniHosts: ["${name}"]}], `
    return `{${match}route: [${to(`${cluster}.out`, 1)}]}`
  })
  const open = gateway(port, passing ? 'TLS' : 'TCP', '["*"]', passing ? '{mode: PASSTHROUGH}' : '')
  return open + rules('["*"]', `[gw-${port}]`, passing ? 'tls' : 'tcp', `[${written.join(', ')}]`, `rules-${port}`)
}

export async function envoyTcpGateway(program: string, backends: Backends): Promise<TcpGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'skiff-envoy-log-'))
  const log = join(folder, 'access.log')
  const pairs = await Promise.all(doors.map(async door => [door, await freePort()] as const))
  const ports = Object.fromEntries(pairs) as TcpGateway['ports']
  const stop = await runEnvoy(program, configuration(ports, backends, log), ports.named)
  // Whoever asked whether it accepts is a connection too.
  const told = () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : [])
  return {
    ports,
    told,
    stop() {
      stop()
      rmSync(folder, { recursive: true })
    },
  }
}

const format = '%RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %REQUESTED_SERVER_NAME% %UPSTREAM_CLUSTER_RAW%\n'
const type = (name: string) => ({ '@type': `type.googleapis.com/envoy.extensions.${name}` })
const socket = (at: number) => ({ socket_address: { address: '127.0.0.1', port_value: at } })

function configuration(ports: TcpGateway['ports'], { dead, ...backends }: Backends, log: string): unknown {
  const access = {
    name: 'envoy.access_loggers.file',
    typed_config: {
      ...type('access_loggers.file.v3.FileAccessLog'),
      ...{ path: log, log_format: { text_format_source: { inline_string: format } } },
    },
  }
  const proxy = (cluster: string) => ({
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: {
      ...type('filters.network.tcp_proxy.v3.TcpProxy'),
      ...{ stat_prefix: cluster, cluster, access_log: [access] },
    },
  })
  const chain = ([name, cluster]: readonly [string | undefined, string]) => ({
    ...(name !== undefined && name !== '*' && { filter_chain_match: { server_names: [name] } }),
    filters: [proxy(cluster)],
  })
  const inspector = {
    name: 'envoy.filters.listener.tls_inspector',
    typed_config: type('filters.listener.tls_inspector.v3.TlsInspector'),
  }
  const listener = (door: Door) => ({
    ...{ name: door, address: socket(ports[door]), filter_chains: ways[door].map(chain) },
    ...((door === 'named' || door === 'open') && { listener_filters: [inspector] }),
  })
  const clusters = Object.entries({ ...backends, dead }).map(([name, port]) => clusterAt(name, port))
  const limit = { ...clusterAt('limit', backends.one), circuit_breakers: { thresholds: [{ max_connections: 1 }] } }
  return { static_resources: { listeners: doors.map(listener), clusters: [...clusters, clusterAt('empty'), limit] } }
}

function clusterAt(name: string, port?: number): object {
  const endpoints = port === undefined ? [] : [{ endpoint: { address: socket(port) } }]
  const load_assignment = { cluster_name: name, endpoints: [{ lb_endpoints: endpoints }] }
  return { name, connect_timeout: '5s', load_assignment }
}

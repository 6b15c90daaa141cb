// A service and the DestinationRule that holds for it become clusters: one a port, and one a port and subset.
import type { DestinationRule, PortPolicy } from '../../../api/istio/types.ts'
import type { Cluster, ClusterEndpoint, Labels, TcpLimits } from '../../table/cluster.ts'
import type { MeshService, MeshServicePort } from '../service-registry.ts'
import { clusterName } from '../virtual-service/destination.ts'
import { compileConnectionLimits, compileTcpLimits, connectTimeoutOf } from './connection-pool.ts'
import { compileLoadBalancer } from './load-balancer.ts'
import { compileOutlierDetection } from './outlier-detection.ts'
import { compileUpstreamTls } from './tls.ts'
import { portPolicy, subsetPolicy } from './traffic-policy.ts'

/** What clusters depend on beside service and rule. */
export interface ClusterSetting {
  /** A gateway cannot go where the caller wanted, and it reads Secrets. */
  side: 'gateway' | 'caller'
  connectTimeoutMs: number | undefined
}

/** An alias has none: routes name its target. */
export function compileClusters(
  service: MeshService,
  rule: DestinationRule | undefined,
  setting: ClusterSetting,
): readonly Cluster[] {
  if (service.aliasOf !== undefined) return []
  const tcp = compileTcpLimits(rule?.spec.trafficPolicy?.connectionPool)
  return service.ports.flatMap(port => {
    const policy = portPolicy(rule?.spec.trafficPolicy, port.number)
    const selects = rule?.spec.workloadSelector !== undefined
    const cluster = (name: string, own: PortPolicy, endpoints: readonly ClusterEndpoint[]) =>
      compileCluster({ service, port, subset: name, policy: own, endpoints, setting, selects, tcp })
    const subsets = (rule?.spec.subsets ?? []).map(({ name, labels = {}, trafficPolicy }) =>
      cluster(name, subsetPolicy(policy, trafficPolicy, port.number), withLabels(port.endpoints, labels)),
    )
    return [cluster('', policy, port.endpoints), ...subsets]
  })
}

interface ClusterParts {
  service: MeshService
  port: MeshServicePort
  subset: string
  policy: PortPolicy
  endpoints: readonly ClusterEndpoint[]
  setting: ClusterSetting
  /** The rule selects its callers. */
  selects: boolean
  tcp: TcpLimits
}

function compileCluster({ service, port, subset, policy, endpoints, setting, selects, tcp }: ClusterParts): Cluster {
  const balancing = compileLoadBalancer(policy.loadBalancer)
  const discovery = discoveryOf(service, balancing.kind === 'passthrough', setting)
  const name = clusterName(service.host, port.number, subset)
  return {
    name,
    key: `${setting.side} ${name}`,
    host: service.host,
    port: port.number,
    subset,
    protocol: protocolOf(port, policy),
    discovery,
    endpoints: discovery === 'original' ? [] : endpoints,
    balancing,
    limits: compileConnectionLimits(policy.connectionPool),
    outlier: compileOutlierDetection(policy.outlierDetection),
    tls: compileUpstreamTls(policy.tls, service, selects || setting.side === 'gateway'),
    connectTimeoutMs: connectTimeoutOf(policy.connectionPool, setting.connectTimeoutMs),
    tcp,
    metadata: { service: service.name, namespace: service.namespace },
  }
}

/** A caller's proxy passes on to where the caller wanted; a gateway's callers wanted the gateway. */
function discoveryOf(service: MeshService, passthrough: boolean, { side }: ClusterSetting): Cluster['discovery'] {
  const passesOn = service.resolution === 'none' && service.origin === 'ServiceEntry' && side === 'caller'
  if (passthrough || passesOn) return 'original'
  return service.resolution === 'dns' ? 'dns' : 'static'
}

function protocolOf({ protocol }: MeshServicePort, { connectionPool }: PortPolicy): Cluster['protocol'] {
  const { useClientProtocol = false, h2UpgradePolicy } = connectionPool?.http ?? {}
  if (useClientProtocol) return 'client'
  return protocol === 'HTTP2' || protocol === 'GRPC' || h2UpgradePolicy === 'UPGRADE' ? 'h2c' : 'http1'
}

function withLabels(endpoints: readonly ClusterEndpoint[], labels: Labels): readonly ClusterEndpoint[] {
  const wanted = Object.entries(labels)
  return endpoints.filter(endpoint => wanted.every(([name, value]) => endpoint.labels[name] === value))
}

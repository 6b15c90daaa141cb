// Compiles the objects of a mesh to its tables. What did not change since the last time is taken over as it is.
import type { Identity } from '../../seams/identity.ts'
import type { Cluster } from '../table/cluster.ts'
import type { MeshTable } from '../table/mesh-table.ts'
import { carryOver, createMemo } from './carry-over.ts'
import type { CompileSettings, Refusal } from './compile-settings.ts'
import { type ClusterCompiler, clustersFor, createClusterCompiler } from './destination-rule/cluster-views.ts'
import {
  type Caller,
  type DestinationRules,
  indexDestinationRules,
  type MergedRules,
} from './destination-rule/rules.ts'
import { compileGatewayPorts } from './gateway/compile.ts'
import { defaultMeshConfig, type MeshConfig, MeshConfigError, parseMeshConfig } from './mesh-config.ts'
import type { MeshObjects } from './mesh-objects.ts'
import { createOutbound, type LastTaken } from './outbound/compile.ts'
import type { MeshService, ServiceRegistry } from './service-registry.ts'
import { createServiceCompiler, type ServiceCompiler } from './services/compile-services.ts'
import { createRegistry } from './services/registry.ts'
import { gatewayLabels, gatewayNamespace } from './services/well-known.ts'
import type { EgressScope } from './sidecar/egress-scope.ts'
import { createScopes } from './sidecar/scopes.ts'
import { boundServicesOf } from './virtual-service/all-services.ts'

export interface CompiledMesh extends MeshTable {
  /** What Istio would drop, and what Envoy would refuse, of these objects: words for a log. */
  refusals: readonly Refusal[]
  /** The settings of the mesh, all of them. */
  config: MeshConfig
  /** For the next compilation alone. */
  memory: CompileMemory
}

/** What one compilation leaves to the next. */
export interface CompileMemory {
  objects: MeshObjects
  services: ServiceCompiler
  mergedRules: MergedRules
  lastTaken: LastTaken
  /** Made for one `connectTimeout` of the mesh. */
  clusters: { connectTimeoutMs: number | undefined; gateway: ClusterCompiler; caller: ClusterCompiler }
}

const gateway: Caller = { namespace: gatewayNamespace, labels: gatewayLabels }

/**
 * `previous` is what `objects` became before their last change. Objects are compared by identity, or resourceVersion where
 * they have one; a cluster of which nothing changed stays the same object. Bad input never throws: see `refusals`.
 */
export function compileMesh(objects: MeshObjects, previous?: CompiledMesh): CompiledMesh {
  const refusals: Refusal[] = []
  const config = readConfig(objects.meshConfig, previous, refusals)
  const memory = nextMemory(objects, config, previous?.memory)
  const settings: CompileSettings = {
    defaultRetries: config.defaultRetries,
    outboundPolicy: config.outboundPolicy,
    rootNamespace: config.rootNamespace,
    onRefusal: refusal => refusals.push(refusal),
  }
  const registry = createRegistry(memory.services(memory.objects))
  const rules = indexDestinationRules(memory.objects.destinationRules, config.rootNamespace, memory.mergedRules)
  const scopeOf = createScopes(memory.objects.sidecars, config.rootNamespace, {
    registry,
    virtualServices: boundServicesOf(memory.objects),
    outboundPolicy: config.outboundPolicy,
  })
  const clusters = clustersFor(gateway, gatewayServices(registry), rules, memory.clusters.gateway)
  return {
    gatewayPorts: compileGatewayPorts(memory.objects, registry, clusters, settings, previous?.gatewayPorts),
    outbound: createOutbound(memory.objects, registry, settings, memory.lastTaken),
    clusters,
    outboundClusters: callerClusters(scopeOf, rules, memory.clusters.caller),
    mesh: config,
    config,
    refusals,
    memory,
  }
}

/** Like Istio, a mesh stays with its last good settings while the new ones cannot be read. */
function readConfig(text: string, previous: CompiledMesh | undefined, refusals: Refusal[]): MeshConfig {
  if (previous && text === previous.memory.objects.meshConfig) return previous.config
  try {
    return parseMeshConfig(text)
  } catch (error) {
    if (!(error instanceof MeshConfigError)) throw error
    refusals.push({ where: 'mesh configuration', message: error.message })
    return previous?.config ?? defaultMeshConfig
  }
}

function nextMemory(objects: MeshObjects, config: MeshConfig, previous: CompileMemory | undefined): CompileMemory {
  const { connectTimeoutMs } = config
  const clusters = {
    connectTimeoutMs,
    gateway: createClusterCompiler({ side: 'gateway', connectTimeoutMs }),
    caller: createClusterCompiler({ side: 'caller', connectTimeoutMs }),
  }
  if (!previous)
    return { objects, services: createServiceCompiler(), mergedRules: createMemo(), lastTaken: new Map(), clusters }
  return {
    ...previous,
    objects: carryOverAll(objects, previous.objects),
    clusters: previous.clusters.connectTimeoutMs === connectTimeoutMs ? previous.clusters : clusters,
  }
}

function carryOverAll(objects: MeshObjects, previous: MeshObjects): MeshObjects {
  return {
    ...objects,
    virtualServices: carryOver(objects.virtualServices, previous.virtualServices),
    destinationRules: carryOver(objects.destinationRules, previous.destinationRules),
    gateways: carryOver(objects.gateways, previous.gateways),
    serviceEntries: carryOver(objects.serviceEntries, previous.serviceEntries),
    sidecars: carryOver(objects.sidecars, previous.sidecars),
    services: carryOver(objects.services, previous.services),
    endpoints: carryOver(objects.endpoints ?? [], previous.endpoints ?? []),
    ingresses: carryOver(objects.ingresses, previous.ingresses),
  }
}

/** One a host, as the gateway sees them. */
function gatewayServices(registry: ServiceRegistry): readonly MeshService[] {
  return registry.visible(gatewayNamespace).filter(service => registry.find(service.host, gatewayNamespace) === service)
}

/** Made when a caller of a kind is first heard of. Labels matter only where rules select their callers. */
function callerClusters(
  scopeOf: (caller: Caller) => EgressScope,
  rules: DestinationRules,
  compile: ClusterCompiler,
): (caller: Identity) => ReadonlyMap<string, Cluster> {
  const known = new WeakMap<EgressScope, Map<string, ReadonlyMap<string, Cluster>>>()
  return caller => {
    const scope = scopeOf(caller)
    const byLabels = known.get(scope) ?? new Map<string, ReadonlyMap<string, Cluster>>()
    known.set(scope, byLabels)
    const labels = rules.selectCallers(caller.namespace) ? JSON.stringify(caller.labels) : ''
    const found = byLabels.get(labels)
    if (found) return found
    const made = clustersFor(caller, scope.services.values(), rules, compile)
    byLabels.set(labels, made)
    return made
  }
}

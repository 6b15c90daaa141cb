// Who may, at each workload a request passes: the ingress gateway, Knative's activatorWorkload, the pods of a revision.
import type { Clock } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/log.ts'
import type { RevisionTarget } from '../../seams/upstreams.ts'
import type { MeshObjects } from '../compile/mesh-objects.ts'
import { hasSidecar, spiffeId } from '../identity.ts'
import type { Hop } from '../proxy/hop.ts'
import type { InboundVerdict, Policy } from '../proxy/policy.ts'
import { type CheckedRequest, type CheckedWorkload, headerValue, type Verdict } from './checked-request.ts'
import type { FetchText } from './jwks.ts'
import { createSecurity, type Security } from './security.ts'
import {
  activatorPrincipal,
  activatorWorkload,
  gatewayPrincipal,
  gatewayWorkload,
  queueProxyPort,
  unprivilegedPort,
} from './workloads.ts'

export interface MeshPolicy extends Policy {
  /** Replaces all policies, and what is known of the workloads they hold for. */
  setObjects(objects: MeshObjects): void
}

export interface MeshPolicyOptions {
  clock: Clock
  log: Log
  /** Gets key sets by URL, through the mesh for cluster names. */
  fetch: FetchText
  /** Whether Knative's activator has a sidecar, without which it has no identity. */
  activatorInjected(): boolean
}

/** What the activator listens on for HTTP/1.1, as the queue-proxy does. */
const activatorPort = 8012

export function createMeshPolicy(options: MeshPolicyOptions): MeshPolicy {
  const security = createSecurity(options)
  const { log } = options
  let pods = new Map<string, CheckedWorkload>()
  let trustedProxies = 0
  let unprivileged = false

  const podsOf = ({ namespace, revision }: RevisionTarget) => pods.get(`${namespace}/${revision}`)

  return {
    setObjects(objects) {
      security.setPolicies(objects)
      pods = new Map(
        objects.workloads.map(({ namespace, revision, labels }) => [`${namespace}/${revision}`, { namespace, labels }]),
      )
      unprivileged = objects.services.some(
        ({ metadata }) => metadata.name === 'istio-ingressgateway' && metadata.namespace === 'istio-system',
      )
    },
    check(hop) {
      if (hop.door.kind !== 'gateway' || !security.active) return undefined
      trustedProxies = hop.routing.table.mesh.trustedProxies
      const port = unprivileged ? unprivilegedPort(hop.door.port) : hop.door.port
      return security.check(gatewayWorkload, requestOf(hop, { principal: undefined, port, trustedProxies }))
    },
    admitsConnection({ port, peer, serverName }) {
      const destinationPort = unprivileged ? unprivilegedPort(port) : port
      const nothingOfHttp = { method: '', scheme: 'http', authority: '', target: '', headers: [] } as const
      const connection = {
        ...nothingOfHttp,
        peer,
        remote: peer,
        destinationPort,
        sni: serverName,
        principal: undefined,
      }
      return security.admits(gatewayWorkload, connection)
    },
    atRevision(hop, target) {
      if (!security.active) return undefined
      const principal = principalOf(hop)
      if (!principal && security.mtls(activatorWorkload) === 'STRICT') return 'reset'
      const atActivator = security.check(
        activatorWorkload,
        requestOf(hop, { principal, port: activatorPort, trustedProxies: 0 }),
      )
      const behind = () => atPods({ security, log, injected: options.activatorInjected() }, hop, podsOf(target))
      return atActivator ? both(atActivator, behind) : behind()
    },
  }
}

type Inbound = InboundVerdict | Promise<InboundVerdict>

interface PodContext {
  security: Security
  log: Log
  injected: boolean
}

/** Behind the activator the caller is always the activatorWorkload, whoever asked (seen on Knative 1.23 with net-istio). */
function atPods({ security, log, injected }: PodContext, hop: Hop, workload: CheckedWorkload | undefined): Inbound {
  if (!workload || workload.labels['sidecar.istio.io/inject'] === 'false') return undefined
  const principal = injected ? activatorPrincipal : undefined
  const revision = `${hop.revision?.namespace}/${hop.revision?.revision}`
  if (!principal && security.mtls(workload, queueProxyPort) === 'STRICT') {
    log('warn', `${revision} takes mutual TLS only and the activator has no sidecar: its requests wait in vain`)
    return 'silence'
  }
  const probed = security.check(workload, probe(principal))
  if (probed && !(probed instanceof Promise) && !probed.allowed) {
    log('warn', `a policy keeps the activator's probe of /healthz from ${revision}: its requests wait in vain`)
    return 'silence'
  }
  return security.check(workload, requestOf(hop, { principal, port: queueProxyPort, trustedProxies: 0 }))
}

/** What is checked behind comes only after what is in front let the request pass. */
function both(first: Verdict | Promise<Verdict>, then: () => Inbound): Inbound {
  if (first instanceof Promise) return first.then(verdict => both(verdict, then))
  return first.allowed ? then() : first
}

/** The gateway and every captured program speak mutual TLS inside the mesh; the runtime's own senders do not. */
function principalOf({ door, incoming }: Hop): string | undefined {
  if (door.kind === 'gateway') return gatewayPrincipal
  return incoming.caller && hasSidecar(incoming.caller) ? spiffeId(incoming.caller).replace('spiffe://', '') : undefined
}

interface Checkpoint {
  principal: string | undefined
  port: number
  trustedProxies: number
}

function requestOf(hop: Hop, { principal, port, trustedProxies }: Checkpoint): CheckedRequest {
  const { incoming, door, headers, host, target } = hop
  const { peer, head } = incoming
  return {
    ...{ method: head.method, scheme: door.scheme, authority: host, target, headers, peer, principal },
    remote: trustedProxies > 0 ? trustedAddress(head.headers, peer, trustedProxies) : peer,
    destinationPort: port,
    sni: '',
  }
}

/** The address that the outermost trusted proxy was called from; the peer's own when there are too few. */
function trustedAddress(headers: readonly string[], peer: string, proxies: number): string {
  const addresses = headerValue(headers, 'x-forwarded-for')?.split(',') ?? []
  return addresses.at(-proxies)?.trim() ?? peer
}

/** The activator asks each instance whether it is ready before it sends anything there. */
function probe(principal: string | undefined): CheckedRequest {
  const address = { peer: '127.0.0.1', remote: '127.0.0.1', destinationPort: queueProxyPort, sni: '' }
  const headers = ['k-network-probe', 'queue', 'user-agent', 'kube-probe/activator']
  return {
    method: 'GET',
    scheme: 'http',
    authority: '127.0.0.1:8012',
    target: '/healthz',
    headers,
    principal,
    ...address,
  }
}

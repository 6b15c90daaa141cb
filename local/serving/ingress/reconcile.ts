// The seat of net-istio: tells of an Ingress once the mesh routes by it.
import { type Ingress, networking } from '../../api/networking/types.ts'
import { finalizers } from '../../api/serving/labels.ts'
import { type Finding, settleConditions } from '../../kernel/conditions.ts'
import type { ReconcileResult } from '../../kernel/controller.ts'
import { type ServingContext, setFinalizer, splitKey, writeStatus } from '../context.ts'
import { localGateway } from '../route/placeholder.ts'

export interface IngressContext extends ServingContext {
  /** True when the mesh routes by this version of the Ingress. */
  programmed(ingress: Ingress): boolean
}

const conditionSet = { happy: 'Ready', dependents: ['LoadBalancerReady', 'NetworkConfigured'] }
const publicGateway = 'istio-ingressgateway.istio-system.svc.cluster.local'

/** The mesh compiles in the background: it is asked again this soon while it has not got there. */
const askAgainMs = 10

export function reconcileIngress(context: IngressContext, key: string): ReconcileResult {
  const { namespace, name } = splitKey(key)
  const found = context.store.get<Ingress>(networking.ingress, namespace, name)
  if (!found) return
  if (found.metadata.deletionTimestamp) return void setFinalizer(context.store, found, finalizers.ingress, false)
  const ingress = setFinalizer(context.store, found, finalizers.ingress, true)
  const programmed = context.programmed(ingress)
  const findings = { NetworkConfigured: { status: 'True' } as Finding, LoadBalancerReady: loadBalancer(programmed) }
  writeStatus(context.store, ingress, {
    ...ingress.status,
    conditions: settleConditions(conditionSet, ingress.status?.conditions, findings, context.clock.now()),
    publicLoadBalancer: { ingress: [{ domainInternal: publicGateway }] },
    privateLoadBalancer: { ingress: [{ domainInternal: localGateway }] },
  })
  return programmed ? undefined : { againAfterMs: askAgainMs }
}

function loadBalancer(programmed: boolean): Finding {
  if (programmed) return { status: 'True' }
  return { status: 'Unknown', reason: 'Uninitialized', message: 'Waiting for load balancer to be ready' }
}

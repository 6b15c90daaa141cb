// Gives each revision its names in the cluster: a ServerlessService, and the Services it stands for.
import { autoscaling, type PodAutoscaler } from '../../api/autoscaling/types.ts'
import { type CoreService, core } from '../../api/core/types.ts'
import { networking, type ServerlessService } from '../../api/networking/types.ts'
import { type Finding, settleConditions } from '../../kernel/conditions.ts'
import { applyDesired, isControlledBy, type ServingContext, splitKey, writeStatus } from '../context.ts'
import type { WorkloadStatus, Workloads } from '../workloads.ts'
import { makePrivateService, makePublicService, makeServerlessService, type RevisionService } from './resources.ts'

export interface ServerlessServiceContext extends ServingContext {
  workloads: Workloads
}

const conditionSet = {
  happy: 'Ready',
  dependents: ['EndpointsPopulated'],
  info: ['ActivatorEndpointsPopulated'],
}

/** `key` is the PodAutoscaler's: all objects here bear its name. */
export function reconcileServerlessService(context: ServerlessServiceContext, key: string): undefined {
  const { namespace, name } = splitKey(key)
  const autoscaler = context.store.get<PodAutoscaler>(autoscaling.podAutoscaler, namespace, name)
  // Until the autoscaler has begun there is nothing to say of who is in the path.
  if (!autoscaler?.status || autoscaler.metadata.deletionTimestamp) return
  const found = context.store.get<ServerlessService>(networking.serverlessService, namespace, name)
  if (found && !isControlledBy(found, autoscaler)) return
  const workload = context.workloads.status(namespace, name)
  const sks = applyDesired(context.store, found, makeServerlessService(autoscaler, workload))
  const services = [makePublicService(sks), makePrivateService(sks)]
  const foreign = services.find(service => !applyService(context, sks, service))
  const findings = { EndpointsPopulated: endpoints(workload, foreign), ActivatorEndpointsPopulated: activator(sks) }
  writeStatus(context.store, sks, {
    ...sks.status,
    conditions: settleConditions(conditionSet, sks.status?.conditions, findings, context.clock.now()),
    serviceName: services[0]?.metadata.name,
    privateServiceName: services[1]?.metadata.name,
  } as ServerlessService['status'])
}

/** False when the name is somebody else's. What others wrote into the spec, such as an address, stays. */
function applyService({ store }: ServingContext, sks: ServerlessService, desired: RevisionService): boolean {
  const found = store.get<RevisionService>(core.service, desired.metadata.namespace ?? '', desired.metadata.name)
  if (found && !isControlledBy(found, sks)) return false
  const wanted = found ? { ...desired, spec: { ...found.spec, ...desired.spec } } : fresh(desired)
  applyDesired(store, found, wanted)
  return true
}

const fresh = (desired: RevisionService): RevisionService & CoreService => ({
  ...desired,
  status: { loadBalancer: {} },
})

function endpoints({ ready }: WorkloadStatus, foreign: RevisionService | undefined): Finding {
  if (foreign) {
    const message = `Resource ${foreign.metadata.name} of type Service is not owned by SKS`
    return { status: 'False', reason: 'NotOwned', message }
  }
  if (ready > 0) return { status: 'True' }
  return { status: 'Unknown', reason: 'NoHealthyBackends', message: 'K8s Service is not ready' }
}

/** Knative words both alike; the status alone tells them apart (serverlessservice_lifecycle.go). */
function activator({ spec }: ServerlessService): Finding {
  const said = { reason: 'ActivatorEndpointsPopulated', message: 'Revision is backed by Activator' }
  return { status: spec.mode === 'Proxy' ? 'True' : 'False', ...said }
}

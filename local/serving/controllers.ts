// Starts Knative Serving's controllers: a queue a kind, fed by the changes of the store.
import { autoscaling } from '../api/autoscaling/types.ts'
import { type Ingress, networking } from '../api/networking/types.ts'
import type { Revision } from '../api/serving/types.ts'
import { serving } from '../api/serving/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { type QueueOptions, WorkQueue } from '../kernel/controller.ts'
import type { Log } from '../kernel/log.ts'
import type { GroupKind } from '../kernel/object.ts'
import type { ObjectStore } from '../kernel/object-store.ts'
import type { Random } from '../kernel/random.ts'
import type { Instances } from '../seams/instances.ts'
import { liveConfigs } from './config/live.ts'
import { reconcileConfiguration } from './configuration/reconcile.ts'
import { keyFor, type ServingContext } from './context.ts'
import { reconcileDomainMapping } from './domain-mapping/reconcile.ts'
import { collectRevisions } from './gc/reconcile.ts'
import { reconcileIngress } from './ingress/reconcile.ts'
import { backgroundDigests } from './revision/digests.ts'
import { reconcileRevision } from './revision/reconcile.ts'
import { reconcileRoute } from './route/reconcile.ts'
import { reconcileServerlessService } from './serverless-service/reconcile.ts'
import { reconcileService } from './service/reconcile.ts'
import { type Change, dependents, isOwn, type QueueName } from './watches.ts'
import type { Workloads } from './workloads.ts'

export interface ControllerOptions {
  store: ObjectStore
  clock: Clock
  random: Random
  log: Log
  /** Only images are resolved here: instances are the scaler's. */
  instances: Pick<Instances, 'resolve'>
  workloads: Workloads
  /** True when the mesh routes by this version of the Ingress. */
  programmed(ingress: Ingress): boolean
  /** The gateway's port for plain HTTP, as clients see it. */
  publicPort: number
}

export interface Controllers {
  stop(): void
  /** Resolves when nothing is left to do but what waits for time, instances or the mesh. */
  settled(): Promise<void>
}

/** Starts all controllers; every object there is reconciled once. */
export function startControllers(options: ControllerOptions): Controllers {
  const { store, clock, log, workloads, programmed, publicPort } = options
  const context: ServingContext = { store, clock, log, configs: liveConfigs(store, log), publicPort }
  const resolved = (revision: Revision) => queues.revision.add(keyFor(revision.metadata))
  const digests = backgroundDigests(options.instances, clock, resolved)
  const queue = (name: string, reconcile: QueueOptions['reconcile']) => new WorkQueue({ name, clock, log, reconcile })
  // These follow from what many others do: the mesh compiles once for all Ingresses of a turn, revisions are counted once.
  const summary = (name: string, reconcile: QueueOptions['reconcile']) =>
    new WorkQueue({ name, clock, log, reconcile, atEndOfTurn: true })
  const queues: Record<QueueName, WorkQueue> = {
    service: queue('service', key => reconcileService(context, key)),
    configuration: queue('configuration', key => reconcileConfiguration(context, key)),
    revision: queue('revision', key => reconcileRevision({ ...context, digests, workloads }, key)),
    route: queue('route', key => reconcileRoute(context, key)),
    ingress: summary('ingress', key => reconcileIngress({ ...context, programmed }, key)),
    domainMapping: queue('domain mapping', key => reconcileDomainMapping(context, key)),
    serverlessService: queue('serverless service', key => reconcileServerlessService({ ...context, workloads }, key)),
    gc: summary('revision gc', key => collectRevisions(context, key)),
  }
  const feed = (change: Change) => {
    for (const work of dependents(store, change)) {
      const [name, key] = work
      // A reconcile knows what it writes into its own object.
      if (queues[name].reconciling !== key || !isOwn(change, work)) queues[name].add(key)
    }
  }
  const unwatch = store.watch(feed)
  const unwatchWorkloads = workloads.watch((namespace, name) => {
    const key = keyFor({ namespace, name })
    queues.revision.add(key)
    queues.serverlessService.add(key)
  })
  for (const kind of watched) for (const object of store.list(kind)) feed({ type: 'ADDED', object })
  const all = Object.values(queues)
  return {
    stop() {
      unwatch()
      unwatchWorkloads()
      for (const one of all) one.stop()
    },
    settled: () => settled(store, () => Promise.all([digests.settled(), ...all.map(one => one.settled())])),
  }
}

/** Work of one queue feeds others: nothing is left when a whole round changed nothing. */
async function settled(store: ObjectStore, round: () => Promise<unknown>): Promise<void> {
  let version: number
  do {
    version = store.version
    await round()
    await round()
  } while (store.version !== version)
}

const watched: readonly GroupKind[] = [
  serving.service,
  serving.configuration,
  serving.revision,
  serving.route,
  serving.domainMapping,
  networking.ingress,
  autoscaling.podAutoscaler,
]

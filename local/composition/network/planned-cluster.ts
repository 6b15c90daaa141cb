// What a cluster would make of manifests, without running anything: Serving's controllers over a store in memory, with
// every image resolved and every revision taken to have started.
import { autoscaling, type PodAutoscaler } from '../../api/autoscaling/types.ts'
import { ApiClient } from '../../api/client.ts'
import { createRegistry } from '../../api/registry.ts'
import type { Clock } from '../../kernel/clock.ts'
import { settleConditions } from '../../kernel/conditions.ts'
import { silentLog } from '../../kernel/log.ts'
import { type KubeObject, keyOf } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import type { Random } from '../../kernel/random.ts'
import { applyManifests } from '../../manifests/apply.ts'
import type { Manifest, ManifestError } from '../../manifests/manifest.ts'
import { startControllers } from '../../serving/controllers.ts'
import { ensureSystemObjects } from '../system/objects.ts'

export interface PlannedCluster {
  store: ObjectStore
  /** Applies objects in order, each Knative Service Ready before the next of its documents; flaws have their place. */
  apply(manifests: Manifest[]): Promise<ManifestError[]>
  delete(object: KubeObject): Promise<void>
  stop(): void
}

/** Any digest will do where nothing is built. */
const digest = `sha256:${'0'.repeat(64)}`

export function planCluster({ clock, random }: { clock: Clock; random: Random }): PlannedCluster {
  const store = new ObjectStore({ clock, random })
  const client = new ApiClient({ store, registry: createRegistry(), clock, random })
  store.watch(({ type, object }) => {
    if (type === 'ADDED' && object.kind === 'PodAutoscaler') takeAsStarted(store, object as PodAutoscaler, clock.now())
  })
  ensureSystemObjects(store, { 80: 80 })
  const controllers = startControllers({
    ...{ store, clock, random, log: silentLog },
    instances: { resolve: async image => `${image.replace(/:[^/]*$/, '')}@${digest}` },
    workloads: { status: () => ({ ready: 0, running: 0, failure: undefined }), watch: () => () => {} },
    programmed: () => true,
    publicPort: 80,
  })
  return {
    store,
    async apply(manifests) {
      const { errors } = await applyManifests(client, manifests, {
        applied: {},
        waitReady: () => controllers.settled(),
      })
      await controllers.settled()
      return errors
    },
    async delete(object) {
      store.delete(keyOf(object))
      await controllers.settled()
    },
    stop: controllers.stop,
  }
}

const podAutoscalerSet = { happy: 'Ready', dependents: ['Active', 'SKSReady', 'ScaleTargetInitialized'] }
const yes = { status: 'True' as const }

function takeAsStarted(store: ObjectStore, object: PodAutoscaler, now: number): void {
  const found = store.get<PodAutoscaler>(
    autoscaling.podAutoscaler,
    object.metadata.namespace ?? '',
    object.metadata.name,
  )
  if (!found) return
  const states = { Active: yes, SKSReady: yes, ScaleTargetInitialized: yes }
  const conditions = settleConditions(podAutoscalerSet, undefined, states, now)
  store.updateStatus({
    ...found,
    status: { ...found.status, actualScale: 1, desiredScale: 1, serviceName: found.metadata.name, conditions },
  })
}

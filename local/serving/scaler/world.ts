// A store with revisions, a clock that stands still and instances that do as they are told: what the room's tests share.
import { autoscaling, type PodAutoscaler } from '../../api/autoscaling/types.ts'
import { type Revision, type RevisionSpec, serving } from '../../api/serving/types.ts'
import { FakeClock } from '../../kernel/clock.ts'
import { silentLog } from '../../kernel/log.ts'
import { ownedBy } from '../../kernel/object.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import {
  type Instance,
  type InstanceAddress,
  InstanceFailed,
  type InstanceFailure,
  type InstanceSpec,
  type Instances,
} from '../../seams/instances.ts'
import { podKind } from './pod.ts'
import { createScaling } from './scaler.ts'

export interface RevisionOptions {
  name: string
  initialScale: number
  /** Autoscaling annotations without their domain. */
  annotations?: Record<string, string>
  /** Annotations as they stand. */
  raw?: Record<string, string>
  spec?: Partial<RevisionSpec>
  /** `Reachable` by default: a route leads to it. */
  reachability?: 'Reachable' | 'Unreachable' | ''
  /** Data of config-autoscaler, read anew whenever it changes. */
  config?(): Record<string, string>
}

class CountingClock extends FakeClock {
  pending = 0

  override after(ms: number, task: () => void) {
    this.pending++
    let open = true
    const close = () => {
      if (open) this.pending--
      open = false
    }
    const timer = super.after(ms, () => {
      close()
      task()
    })
    return {
      cancel: () => {
        close()
        timer.cancel()
      },
    }
  }
}

interface Running {
  spec: InstanceSpec
  over: boolean
  changeReadiness(ready: boolean): void
  becomeReady(address: InstanceAddress): void
  end(failure?: InstanceFailure): void
}

/** Instances without processes: a test says when one is ready and when it crashes. */
export class FakeInstances implements Instances {
  readonly started: InstanceSpec[] = []
  readonly stopped: string[] = []
  /** What a probe finds. */
  alive = true
  readonly #running: Running[] = []

  resolve(image: string): Promise<string> {
    return Promise.resolve(`${image}@sha256:62f8`)
  }

  start(spec: InstanceSpec): Instance {
    this.started.push(spec)
    const ready = Promise.withResolvers<InstanceAddress>()
    const gone = Promise.withResolvers<InstanceFailure | undefined>()
    ready.promise.catch(() => {})
    const running: Running = {
      spec,
      over: false,
      becomeReady: ready.resolve,
      changeReadiness: () => {},
      end: failure => {
        running.over = true
        if (failure) ready.reject(new InstanceFailed(failure))
        gone.resolve(failure)
      },
    }
    this.#running.push(running)
    const stop = async () => {
      this.stopped.push(spec.name)
      running.end()
    }
    const onReadiness = (listener: (ready: boolean) => void) => {
      running.changeReadiness = listener
    }
    return { name: spec.name, ready: ready.promise, gone: gone.promise, onReadiness, stop, kill: () => running.end() }
  }

  live(): number {
    return this.#running.filter(one => !one.over).length
  }

  /** Makes an instance ready: the newest by default. */
  ready(index = this.#running.length - 1): void {
    this.#running[index]?.becomeReady({ path: '/run/hello.sock' })
  }

  /** What the readiness probe of an instance finds from now on. */
  probed(ready: boolean, index = this.#running.length - 1): void {
    this.#running[index]?.changeReadiness(ready)
  }

  readyAll(): void {
    for (const index of this.#running.keys()) this.ready(index)
  }

  /** Ends the newest instance by itself. */
  crash(failure: InstanceFailure): void {
    this.#running.at(-1)?.end(failure)
  }
}

/** A room that scales one revision, 20 ms after it was created. */
export async function world(first: RevisionOptions) {
  const clock = new CountingClock()
  const random = seededRandom(1)
  const store = new ObjectStore({ clock, random })
  const fake = new FakeInstances()
  const config = first.config ?? (() => ({ 'allow-zero-initial-scale': 'true' }))
  const probe = () => Promise.resolve(fake.alive)
  const room = (from: ObjectStore, instances: FakeInstances) =>
    createScaling({ store: from, clock, random, log: silentLog, instances, config, probe })
  const scaling = room(store, fake)
  /** What the next run of the runtime finds: the same objects, none of the processes. */
  const again = () => {
    const objects = [podKind, autoscaling.podAutoscaler, serving.revision].flatMap(kind => store.list(kind))
    const persistence = { load: () => ({ objects, version: store.version }), save: () => {} }
    const next = { store: new ObjectStore({ clock, random, persistence }), fake: new FakeInstances() }
    return { ...next, scaling: room(next.store, next.fake) }
  }
  const add = (options: RevisionOptions) => createRevision(store, options)
  add(first)
  await clock.advance(20)
  const status = (name = first.name) => store.get<PodAutoscaler>(autoscaling.podAutoscaler, 'app', name)?.status
  return { scaling, again, store, clock, fake, add, status, alarms: () => clock.pending }
}

function createRevision(store: ObjectStore, options: RevisionOptions): void {
  const service = options.name.replace(/-\d+$/, '')
  const revision = store.create<Revision>({
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Revision',
    metadata: {
      name: options.name,
      namespace: 'app',
      labels: { 'serving.knative.dev/configuration': service, 'serving.knative.dev/service': service },
    },
    spec: {
      containers: [{ name: 'user-container', image: 'dev.local/lab/echo' }],
      timeoutSeconds: 300,
      ...options.spec,
    },
  })
  store.create(podAutoscaler(revision, options))
  const containerStatuses = [{ name: 'user-container', imageDigest: 'dev.local/lab/echo@sha256:62f8' }]
  store.updateStatus<Revision>({ ...revision, status: { containerStatuses } })
}

function podAutoscaler(revision: Revision, options: RevisionOptions): PodAutoscaler {
  const annotations = { 'initial-scale': String(options.initialScale), ...options.annotations }
  const full = Object.entries(annotations).map(([key, value]) => [`autoscaling.knative.dev/${key}`, value])
  return {
    apiVersion: 'autoscaling.internal.knative.dev/v1alpha1',
    kind: 'PodAutoscaler',
    metadata: {
      name: options.name,
      namespace: 'app',
      annotations: { ...Object.fromEntries(full), ...options.raw },
      ownerReferences: [ownedBy(revision)],
    },
    spec: {
      ...(options.spec?.containerConcurrency ? { containerConcurrency: options.spec.containerConcurrency } : {}),
      protocolType: 'http1',
      reachability: options.reachability ?? 'Reachable',
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `${options.name}-deployment` },
    },
  }
}

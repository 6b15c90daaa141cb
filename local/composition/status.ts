// What runs where, read from the objects: the answer of `GET /skiff/status`, and when everything is Ready.
import { eventing } from '../api/eventing/types.ts'
import { type Service, type StatusBase, serving } from '../api/serving/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { conditionOf } from '../kernel/conditions.ts'
import { SkiffError } from '../kernel/errors.ts'
import type { GroupKind, KubeObject } from '../kernel/object.ts'
import type { ObjectStore } from '../kernel/object-store.ts'

export interface ServiceStatus {
  namespace: string
  name: string
  url: string
  /** `True`, `False` or `Unknown`. */
  ready: string
  reason: string
  /** Processes that run now. */
  instances: number
}

const awaited: GroupKind[] = [serving.service, serving.domainMapping, eventing.broker, eventing.trigger]
const pods: GroupKind = { group: '', kind: 'Pod' }

// A condition that is False may still come right while its neighbours settle; longer than this it is told.
const patienceMs = 10_000

/** Every Knative Service with its URL, readiness and running instances. */
export function serviceStatuses(store: ObjectStore): ServiceStatus[] {
  return store.list<Service>(serving.service).map(service => {
    const { name, namespace = '' } = service.metadata
    const ready = conditionOf(service.status?.conditions, 'Ready')
    const labels = { 'serving.knative.dev/service': name }
    return {
      namespace,
      name,
      url: service.status?.url ?? '',
      ready: ready?.status ?? 'Unknown',
      reason: ready?.reason ?? '',
      instances: store.list(pods, { namespace, labels }).length,
    }
  })
}

interface Waiting {
  object: KubeObject
  status: string
  sentence: string
}

/** Objects whose Ready condition is not True for their present generation. */
export function notReady(store: ObjectStore): Waiting[] {
  return awaited
    .flatMap(kind => store.list<KubeObject & { status?: StatusBase }>(kind))
    .flatMap(object => {
      const condition = conditionOf(object.status?.conditions, 'Ready')
      const current = object.status?.observedGeneration === object.metadata.generation
      if (current && condition?.status === 'True') return []
      const why = [condition?.reason, condition?.message].filter(Boolean).join(': ') || 'not reconciled yet'
      const { name, namespace } = object.metadata
      return [
        {
          object,
          status: (current && condition?.status) || 'Unknown',
          sentence: `${object.kind} ${namespace}/${name}: ${why}`,
        },
      ]
    })
}

/**
 * Resolves when all is Ready; rejects, naming each object, when something stays False or `timeoutMs` is over. Tells
 * `progress` what it waits for.
 */
export function allReady(
  store: ObjectStore,
  clock: Clock,
  timeoutMs: number,
  progress: (step: string) => void = () => {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    let checking = false
    let told = 0
    const startedAt = clock.now()
    const finish = (end: () => void) => {
      stop()
      timer.cancel()
      end()
    }
    const check = () => {
      checking = false
      const waiting = notReady(store)
      const [first] = waiting
      if (!first) return finish(resolve)
      if (waiting.length !== told) progress(`${waiting.length} not Ready yet; ${first.sentence}`)
      told = waiting.length
      const elapsed = clock.now() - startedAt
      if (elapsed > timeoutMs || (elapsed > patienceMs && waiting.every(one => one.status === 'False'))) {
        finish(() =>
          reject(new SkiffError(`not everything got Ready:\n${waiting.map(one => `  ${one.sentence}`).join('\n')}`)),
        )
      }
    }
    const stop = store.watch(() => {
      if (checking) return
      checking = true
      setImmediate(check)
    })
    const timer = clock.every(500, check)
    check()
  })
}

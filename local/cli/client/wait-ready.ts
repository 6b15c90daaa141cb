// Waits for a Knative Service over the API, as a rollout in steps needs it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Condition } from '../../kernel/conditions.ts'
import { SkiffError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kernel/object.ts'
import type { ApiClient } from './api-client.ts'

/** Longer than any revision may take to become Ready: Knative's progress deadline. In milliseconds. */
const patience = 600_000
/** A service that is not Ready may still become so when its next revision does. In milliseconds. */
const failureWindow = 2_000

type KnativeService = KubeObject & { status?: { observedGeneration?: number; conditions?: Condition[] } }

/** Resolves when the service is Ready at its newest generation; rejects when it says it will not be. */
export async function waitReady(
  api: Pick<ApiClient, 'request'>,
  { namespace, name }: { namespace: string; name: string },
): Promise<void> {
  const path = `/apis/serving.knative.dev/v1/namespaces/${namespace}/services/${name}`
  const end = Date.now() + patience
  let failingSince: number | undefined
  for (; Date.now() < end; await sleep(50)) {
    const ready = readyOf(await api.request<KnativeService>('GET', path))
    if (ready?.status === 'True') return
    failingSince = ready?.status === 'False' ? (failingSince ?? Date.now()) : undefined
    if (failingSince !== undefined && Date.now() - failingSince >= failureWindow) {
      throw new SkiffError(`service ${namespace}/${name} is not Ready: ${ready?.reason ?? ''}: ${ready?.message ?? ''}`)
    }
  }
  throw new SkiffError(`service ${namespace}/${name} was not Ready after ${patience / 1000} s`)
}

/** The Ready condition; undefined while the status is of an earlier generation. */
function readyOf({ metadata, status }: KnativeService): Condition | undefined {
  if (status?.observedGeneration !== metadata.generation) return undefined
  return status?.conditions?.find(one => one.type === 'Ready')
}

// What Prometheus is to scrape: the runtime, and each pod through it (HTTP service discovery).

import type { PodMeasures, RevisionMeasures } from '../../seams/revision-measures.ts'
import type { Endpoint } from '../../seams/upstreams.ts'
import type { Labels } from './family.ts'

export interface TargetGroup {
  targets: string[]
  labels: Labels
}

const podPath = '/metrics/pods/'

/** The answer of `/sd`; `address` is that of this endpoint. Pods that are not ready yet are left out. */
export function targetGroups(address: string, revisions: readonly RevisionMeasures[]): TargetGroup[] {
  const runtime = { targets: [address], labels: { __metrics_path__: '/metrics', component: 'skiff' } }
  const pods = revisions.flatMap(one => one.pods.filter(isReady).map(pod => podGroup(address, one, pod)))
  return [runtime, ...pods]
}

/** Where the pod of a path such as `/metrics/pods/greeting/service-a-00001-deployment-x` listens. */
export function podOfPath(path: string, revisions: readonly RevisionMeasures[]): Endpoint | undefined {
  if (!path.startsWith(podPath)) return undefined
  const [namespace, name] = path.slice(podPath.length).split('/')
  const pods = revisions.filter(one => one.namespace === namespace).flatMap(one => one.pods)
  return pods.find(pod => pod.name === name)?.endpoint
}

const isReady = ({ state }: PodMeasures) => state === 'ready'

function podGroup(
  address: string,
  { namespace, revision, labels }: RevisionMeasures,
  { name }: PodMeasures,
): TargetGroup {
  return {
    targets: [address],
    labels: {
      __metrics_path__: `${podPath}${namespace}/${name}`,
      ...{ namespace, pod: name, container: 'user-container', revision },
      service: labels['serving.knative.dev/service'] ?? '',
      app: labels.app ?? '',
    },
  }
}

// The container queue-proxy of a pod, as a cluster shows it. What it does there is done by the activator of this process.
import type { Container } from '../../api/core/pod-spec.ts'
import { labels } from '../../api/serving/labels.ts'
import type { Revision } from '../../api/serving/types.ts'
import { timestamp } from '../../kernel/object.ts'
import type { Member } from './member.ts'

const image = 'knative.dev/serving/cmd/queue'

/** The container as Knative adds it (knative/serving pkg/reconciler/revision/resources/queue.go). */
export function queueProxy(revision: Revision, userPort: number): Container {
  return {
    name: 'queue-proxy',
    image,
    imagePullPolicy: 'IfNotPresent',
    env: Object.entries(environment(revision, userPort)).map(([name, value]) => ({ name, value })),
    ports: [
      port('http-autometric', 9090),
      port('http-usermetric', 9091),
      port('queue-port', 8012),
      port('https-port', 8112),
    ],
    resources: { requests: { cpu: '25m' } },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  }
}

const port = (name: string, containerPort: number) => ({ name, containerPort, protocol: 'TCP' as const })

function environment({ metadata, spec }: Revision, userPort: number): Record<string, string> {
  const seconds = (value: number | undefined, otherwise = 0) => String(value ?? otherwise)
  return {
    SERVING_NAMESPACE: metadata.namespace ?? '',
    SERVING_SERVICE: metadata.labels?.[labels.service] ?? '',
    SERVING_CONFIGURATION: metadata.labels?.[labels.configuration] ?? '',
    SERVING_REVISION: metadata.name,
    QUEUE_SERVING_PORT: '8012',
    QUEUE_SERVING_TLS_PORT: '8112',
    CONTAINER_CONCURRENCY: String(spec.containerConcurrency ?? 0),
    REVISION_TIMEOUT_SECONDS: seconds(spec.timeoutSeconds, 300),
    REVISION_RESPONSE_START_TIMEOUT_SECONDS: seconds(spec.responseStartTimeoutSeconds),
    REVISION_IDLE_TIMEOUT_SECONDS: seconds(spec.idleTimeoutSeconds),
    USER_PORT: String(userPort),
  }
}

/** It runs as long as its pod is there, and is ready when the program behind it is: its probe asks that one. */
export function queueProxyStatus(member: Member): unknown {
  const runs = member.instance !== undefined || member.restarts > 0
  return {
    name: 'queue-proxy',
    image,
    imageID: image,
    ready: member.state === 'ready',
    started: runs,
    restartCount: 0,
    state: runs
      ? { running: { startedAt: timestamp(member.createdAt) } }
      : { waiting: { reason: 'ContainerCreating' } },
    lastState: {},
  }
}

// What a Revision says to the activator and to the runner: pure readings of its spec.
import type { Revision } from '../../api/serving/types.ts'
import { conditionOf } from '../../kernel/conditions.ts'
import type { InstanceSpec } from '../../seams/instances.ts'
import type { Protocol, RequestLimits } from '../../seams/upstreams.ts'
import type { MeterOptions } from '../activator/meter.ts'
import type { ScalingSpec } from '../autoscaler/spec.ts'
import { podAnnotations, podLabels, servingContainer } from './pod.ts'

const defaultTimeoutSeconds = 300

/** Limits of a request in milliseconds; 0 is none. */
export function limitsOf({ spec }: Revision): RequestLimits {
  return {
    timeoutMs: (spec.timeoutSeconds ?? defaultTimeoutSeconds) * 1_000,
    responseStartTimeoutMs: (spec.responseStartTimeoutSeconds ?? 0) * 1_000,
    idleTimeoutMs: (spec.idleTimeoutSeconds ?? 0) * 1_000,
  }
}

/** A port named `h2c` is spoken to in HTTP/2 without TLS. */
export function protocolOf(revision: Revision): Protocol {
  const [port] = servingContainer(revision)?.ports ?? []
  return port?.name === 'h2c' ? 'h2c' : 'http1'
}

/** Why its containers cannot run, as its conditions say; undefined while nothing is said against them. */
export function unhealthy({ status }: Revision): { reason: string; message: string } | undefined {
  const condition = conditionOf(status?.conditions, 'ContainerHealthy')
  if (condition?.status !== 'False') return undefined
  return { reason: condition.reason ?? 'ContainerMissing', message: condition.message ?? '' }
}

/** True once every container's image was resolved to a digest. */
export function isResolved({ spec, status }: Revision): boolean {
  return spec.containers.every((_, index) => status?.containerStatuses?.[index]?.imageDigest)
}

/** What the runner starts under the pod's name. */
export function instanceSpec(revision: Revision, name: string, hash: string): InstanceSpec {
  const { metadata, spec, status } = revision
  const label = (key: string) => metadata.labels?.[`serving.knative.dev/${key}`] ?? ''
  return {
    name,
    namespace: metadata.namespace ?? '',
    revision: metadata.name,
    configuration: label('configuration'),
    service: label('service'),
    labels: podLabels(revision, hash),
    annotations: podAnnotations(revision),
    pod: spec,
    digests: (status?.containerStatuses ?? []).map(one => one.imageDigest ?? ''),
    graceMs: limitsOf(revision).timeoutMs,
  }
}

/** The windows to measure in; Knative's shipped ones until the spec is known. */
export function meterOptions(spec: ScalingSpec | undefined): MeterOptions {
  const weighting = spec?.weighting ?? 'linear'
  return {
    metric: spec?.metric ?? 'concurrency',
    stable: { seconds: Math.ceil((spec?.stableWindowMs ?? 60_000) / 1_000), weighting },
    panic: { seconds: Math.ceil((spec?.panicWindowMs ?? 6_000) / 1_000), weighting },
  }
}

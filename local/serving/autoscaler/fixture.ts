// A scaling spec with Knative's shipped defaults, for the tests of this room.
import type { PodAutoscaler } from '../../api/autoscaling/types.ts'
import { readAutoscaler } from '../../api/serving/config/autoscaler.ts'
import { type ScalingSpec, scalingSpec } from './spec.ts'

/** The spec of a revision with these annotations (without their domain) under this data of config-autoscaler. */
export function specWith(
  annotations: Record<string, string> = {},
  config: Record<string, string> = {},
  fields: Partial<PodAutoscaler['spec']> = {},
): ScalingSpec {
  const full = Object.entries(annotations).map(([key, value]) => [`autoscaling.knative.dev/${key}`, value])
  const autoscaler: PodAutoscaler = {
    apiVersion: 'autoscaling.internal.knative.dev/v1alpha1',
    kind: 'PodAutoscaler',
    metadata: { name: 'hello-00001', namespace: 'app', annotations: Object.fromEntries(full) },
    spec: {
      protocolType: 'http1',
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' },
      ...fields,
    },
  }
  return scalingSpec(autoscaler, readAutoscaler(config), 600_000)
}

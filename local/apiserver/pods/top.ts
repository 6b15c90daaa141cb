// The metrics API (metrics.k8s.io): what `kubectl top` shows of pods and of the machine.
import type { Kind } from '../../api/kind.ts'
import { anything, objectSchema } from '../../api/schema.ts'
import { type KubeObject, timestamp } from '../../kernel/object.ts'
import type { PodUsage } from '../../seams/pod-usage.ts'
import type { Computed } from '../computed/computed.ts'

export interface UsageSource {
  pods(): readonly PodUsage[]
  /** The machine's: CPU in cores, memory in bytes. */
  node(): { cpu: number; memory: number; windowMs: number }
  /** Milliseconds since the epoch. */
  now(): number
}

/** The resources `pods` and `nodes` of the metrics API. */
export function metricsResources(usage: UsageSource): Computed[] {
  const instead = 'it is measured'
  return [
    {
      kind: metricsKind('PodMetrics', 'pods', true),
      instead,
      objects: () => usage.pods().map(pod => podMetrics(pod, usage.now())),
    },
    { kind: metricsKind('NodeMetrics', 'nodes', false), instead, objects: () => [nodeMetrics(usage)] },
  ]
}

function metricsKind(kind: string, plural: string, namespaced: boolean): Kind {
  return {
    ...{ group: 'metrics.k8s.io', versions: ['v1beta1'], kind, plural, singular: '', namespaced },
    ...{ status: false, columns: [], strategic: {} },
    schema: objectSchema({ timestamp: anything, window: anything, usage: anything, containers: anything }),
  }
}

interface Metrics extends KubeObject {
  timestamp: string
  window: string
}

function podMetrics({ namespace, pod, labels, containers, windowMs }: PodUsage, now: number): KubeObject {
  const metadata = { name: pod, namespace, labels: { ...labels }, creationTimestamp: timestamp(now) }
  const measured = containers.map(({ name, cpu, memory }) => ({ name, usage: quantities(cpu, memory) }))
  const metrics: Metrics & { containers: unknown } = {
    ...{ apiVersion: 'metrics.k8s.io/v1beta1', kind: 'PodMetrics', metadata },
    ...{ timestamp: timestamp(now), window: windowOf(windowMs), containers: measured },
  }
  return metrics
}

/** Everything runs on one node, which the pods name. */
const nodeName = 'localhost'

function nodeMetrics({ node, now }: UsageSource): KubeObject {
  const { cpu, memory, windowMs } = node()
  const metadata = { name: nodeName, creationTimestamp: timestamp(now()) }
  const metrics: Metrics & { usage: unknown } = {
    ...{ apiVersion: 'metrics.k8s.io/v1beta1', kind: 'NodeMetrics', metadata },
    ...{ timestamp: timestamp(now()), window: windowOf(windowMs), usage: quantities(cpu, memory) },
  }
  return metrics
}

/** As the metrics server writes them: billionths of a core, and binary kilobytes. */
function quantities(cpu: number, memory: number): { cpu: string; memory: string } {
  return { cpu: `${Math.round(cpu * 1e9)}n`, memory: `${Math.round(memory / 1_024)}Ki` }
}

function windowOf(ms: number): string {
  return `${(ms / 1_000).toFixed(3)}s`
}

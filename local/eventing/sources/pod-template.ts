// Subjects of SinkBindings: objects with a pod template, and the two variables that a binding writes into its containers.
import type { EnvVar } from '../../api/core/pod-spec.ts'
import { equal } from '../../kernel/equal.ts'
import type { KubeObject } from '../../kernel/object.ts'

interface Container {
  env?: EnvVar[]
}

/** Everything that has `spec.template.spec.containers`: Services, Configurations, …. */
export type WithPod = KubeObject & {
  spec: {
    template: { metadata?: { name?: string }; spec: Pod }
  }
}

export function hasPod(object: KubeObject): object is WithPod {
  const { spec } = object as Partial<WithPod>
  return Array.isArray(spec?.template?.spec?.containers)
}

const bound = new Set(['K_SINK', 'K_CE_OVERRIDES', 'K_CA_CERTS'])

interface Pod {
  containers: Container[]
  initContainers?: Container[]
}

/** The pod with these variables in every container in the place of what a binding wrote before; itself if it has them. */
export function withVariables<T extends Pod>(pod: T, variables: readonly EnvVar[]): T {
  const bind = (container: Container): Container => {
    const env = [...(container.env ?? []).filter(({ name }) => !bound.has(name)), ...variables]
    const { env: _before, ...rest } = container
    return env.length > 0 ? { ...rest, env } : rest
  }
  const containers = pod.containers.map(bind)
  const initContainers = pod.initContainers?.map(bind)
  const next = { ...pod, containers, ...(initContainers ? { initContainers } : {}) }
  return equal(next, pod) ? pod : next
}

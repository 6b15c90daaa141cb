// Containers of sources on the runner: one instance each, which need not listen on any port.

import type { ContainerSpec, Containers, RunningContainers } from '../../eventing/sources/container-sources.ts'
import { nameSuffix, type Random } from '../../kernel/random.ts'
import type { Runner } from '../../runner/runner.ts'
import type { Instance } from '../../seams/instances.ts'

/** How long SIGTERM may take before SIGKILL: Kubernetes' default. */
const graceMs = 30_000
/** Ready as soon as it runs. */
const readinessProbe = { exec: { command: ['true'] } }

export function sourceContainers(runner: Pick<Runner, 'resolve' | 'start'>, random: Random): Containers {
  return { start: spec => start(runner, spec, nameSuffix(random)) }
}

function start(runner: Pick<Runner, 'resolve' | 'start'>, spec: ContainerSpec, suffix: string): RunningContainers {
  let stopped = false
  const { name, namespace, labels, annotations, pod } = spec
  const starting: Promise<Instance | undefined> = Promise.all(
    pod.containers.map(one => runner.resolve(one.image)),
  ).then(digests => {
    if (stopped) return undefined
    return runner.start({
      ...{ name: `${name}-${suffix}`, namespace, labels, annotations, digests, graceMs },
      ...{ revision: name, configuration: name, service: '' },
      pod: { ...pod, containers: pod.containers.map(one => ({ readinessProbe, ...one })) },
    })
  })
  return {
    ready: starting.then(instance => instance?.ready),
    gone: starting.then(
      instance => instance?.gone,
      error => ({ message: error instanceof Error ? error.message : String(error) }),
    ),
    async stop() {
      stopped = true
      await (await starting.catch(() => undefined))?.stop()
    },
  }
}

// Opens the API of a runtime: on `api.sock`, over TLS, and with the runtime's own endpoints beside it.
import { metricsResources } from '../../apiserver/pods/top.ts'
import { createApiServer } from '../../apiserver/server.ts'
import type { EventsControl } from '../../eventing/journal/events-control.ts'
import { deployments } from '../../serving/scaler/deployment.ts'
import { endpointSlices } from '../../serving/scaler/endpoint-slices.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import type { Foundation } from '../foundation.ts'
import type { Network } from '../network/network.ts'
import type { Runtime } from '../runtime.ts'
import type { Workloads } from '../workloads/workloads.ts'
import { openApiAccess } from './api-access.ts'
import { controlEndpoints } from './control.ts'
import { eventsEndpoints } from './events.ts'
import { telemetryEndpoints } from './telemetry.ts'

/** The parts that the API shows. */
export interface ApiParts extends Pick<Network, 'mesh' | 'authority'>, Pick<Workloads, 'programs' | 'runner'> {
  runtime: Runtime
  events: EventsControl
  telemetry: Telemetry
}

export async function openApi(base: Foundation, parts: ApiParts): Promise<void> {
  const { client, store, clock, log, state } = base
  const { runtime, mesh, programs, runner, events, telemetry, authority } = parts
  const usage = { pods: runner.usage, node: runner.nodeUsage, now: () => clock.now() }
  const api = createApiServer({
    ...{ client, registry: client.registry, store, clock, log, logs: runner.logs, exec: runner.exec },
    computed: [deployments(store), endpointSlices(store), ...metricsResources(usage)],
    extra: new Map([
      ...controlEndpoints(runtime, mesh, programs),
      ...eventsEndpoints(events),
      ...telemetryEndpoints(telemetry),
    ]),
  })
  await api.listenUnix(state.file('api.sock'))
  base.closers.push(() => api.close())
  await openApiAccess({ api, state, authority, clock })
}

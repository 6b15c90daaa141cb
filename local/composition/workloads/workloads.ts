// What answers the requests of a mesh: instances as the scaler wants them, and programs that stand in for services.
import { join } from 'node:path'
import type { Mesh } from '../../mesh/mesh.ts'
import { createRunner, type Runner } from '../../runner/runner.ts'
import type { Upstreams } from '../../seams/upstreams.ts'
import { Forecast, type ForecastMemory } from '../../serving/scaler/forecast.ts'
import { createScaling, type Scaling } from '../../serving/scaler/scaler.ts'
import type { Foundation } from '../foundation.ts'
import { Programs } from './programs.ts'
import { configData, lookupData, meshEnv } from './workload-env.ts'

export interface Workloads {
  programs: Programs
  runner: Runner
  scaling: Scaling
  /** A program that stands in for a service goes before the service's own instances. */
  lease: Upstreams['lease']
}

const serveModule = join(import.meta.dirname, '../../../functions/lib/serve.ts')

/** Starts the warm pool and the scaler. */
export function startWorkloads(base: Foundation, mesh: Mesh): Workloads {
  const { store, clock, random, log, state, options, closers } = base
  const environment = { lookup: lookupData(store), extraEnv: meshEnv(mesh, state) }
  const programs = new Programs({ store, clock, ...environment })

  const { projectDir, stateDir, poolSize, imagesFile } = options
  const runner = createRunner({
    ...{ projectDir, stateDir, poolSize, clock, log, serveModule, ...environment },
    ...(imagesFile ? { imagesFile } : {}),
  })
  closers.push(() => runner.stop())

  const forecast = state.json<ForecastMemory>('forecast.json')
  const scaling = createScaling({
    ...{ store, clock, random, log, instances: runner },
    config: () => configData(store, 'config-autoscaler'),
    forecast: Forecast.from(forecast.read() ?? { revisions: {} }),
  })
  closers.push(() => scaling.stop().then(() => forecast.write(scaling.forecast.toJSON())))

  const lease: Upstreams['lease'] = target => programs.lease(target) ?? scaling.upstreams.lease(target)
  return { programs, runner, scaling, lease }
}

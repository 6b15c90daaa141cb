// Zero to one, service by service of the project: each asked for its health, everything else asleep.
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { type MeshCall, meshClient } from '../mesh-client.ts'
import { pause, startWorld, type World } from '../world.ts'
import { type Bench, given } from './bench.ts'
import { median, milliseconds } from './stats.ts'

const runs = 5
/** Between two calls: the pool has a booted process again, and the machine is quiet. In milliseconds. */
const restMs = 400

export const coldServices: Bench = {
  name: 'cold-services',
  async run(progress) {
    // Bundles and what is known of earlier starts stay from boot to boot; instances do not.
    const stateDir = mkdtempSync(join(tmpdir(), 'skiff-bench-services-'))
    const times = new Map<string, number[]>()
    for (let run = 0; run <= runs; run++) {
      progress(run === 0 ? 'first starts ever' : `every service, ${run} of ${runs}`)
      const world = await startWorld({ stateDir })
      await pause(2_500)
      for (const [service, ms] of await coldCalls(world)) {
        if (run > 0) times.set(service, [...(times.get(service) ?? []), ms])
      }
      await world.stop()
    }
    rmSync(stateDir, { recursive: true })
    return [...times].map(([service, sample]) => given(`cold start of ${service}, p50`, milliseconds(median(sample))))
  },
}

/** Milliseconds to the first answer of each service that is at zero, by `namespace/name`. */
async function coldCalls(world: World): Promise<[string, number][]> {
  const socketPath = join(world.stateDir, 'api.sock')
  const mesh = await meshClient(socketPath, 'default')
  const times: [string, number][] = []
  for (const { namespace, name, instances } of await servicesOf(socketPath)) {
    if (instances > 0) continue
    times.push([`${namespace}/${name}`, await coldCall(mesh, `http://${name}.${namespace}/healthz`)])
    await pause(restMs)
  }
  return times
}

async function coldCall(mesh: MeshCall, url: string): Promise<number> {
  const startedAt = performance.now()
  const { status } = await mesh(url)
  if (status !== 200) throw new Error(`${url} answered ${status}`)
  return performance.now() - startedAt
}

interface Service {
  namespace: string
  name: string
  instances: number
}

/** What the runtime says of its services. */
function servicesOf(socketPath: string): Promise<Service[]> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: '/skiff/status' }, answer => {
      json(answer).then(status => resolve((status as { services: Service[] }).services), reject)
    })
    sent.once('error', reject).end()
  })
}

// For tests: a mesh on real sockets that has one service, with all that it tells of its requests.
import { type Clock, systemClock } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/log.ts'
import { type Random, seededRandom } from '../../kernel/random.ts'
import { compileMesh } from '../compile/compile.ts'
import type { MeshObjects } from '../compile/mesh-objects.ts'
import { createMesh, type Mesh } from '../mesh.ts'
import type { Policy } from '../proxy/policy.ts'
import type { RequestRecord } from '../proxy/record.ts'
import type { Credentials } from '../proxy/tls/credential.ts'
import type { ConnectionRecord } from '../tcp/connection-record.ts'
import type { CountedUpstreams } from './counted-upstreams.ts'
import { helloIngress, knativeObjects, routeService } from './objects.ts'

export interface World {
  mesh: Mesh
  port: number
  upstreams: CountedUpstreams
  setObjects(more: Partial<MeshObjects>): void
  records: RequestRecord[]
  connections: ConnectionRecord[]
  logged: string[]
}

export interface WorldOptions {
  clock?: Clock
  random?: Random
  certificates?: Credentials
  /** Who may; without it everybody. */
  policies?: Policy
  /** What stands beside the system's own objects and the service `hello`. */
  objects?: Partial<MeshObjects>
}

/** A mesh with the service `hello` of namespace `app`, listening at gateway port 80. */
export async function startWorld(upstreams: CountedUpstreams, options: WorldOptions = {}): Promise<World> {
  const { clock = systemClock, random = seededRandom(1), certificates, policies, objects = {} } = options
  const records: RequestRecord[] = []
  const connections: ConnectionRecord[] = []
  const logged: string[] = []
  const log: Log = (_level, message) => void logged.push(message)
  const onRequest = (record: RequestRecord) => void records.push(record)
  const onConnection = (record: ConnectionRecord) => void connections.push(record)
  const mesh = createMesh({
    ...{ clock, random, log, upstreams, onRequest, onConnection },
    ...(certificates && { certificates }),
    ...(policies && { policy: policies }),
  })
  const setObjects = (more: Partial<MeshObjects>) => {
    const services = [routeService('app', 'hello'), ...(more.services ?? [])]
    mesh.setTable(compileMesh(knativeObjects([helloIngress()], { ...more, services })))
  }
  setObjects(objects)
  const { port } = await mesh.listen({ host: '127.0.0.1', port: 0, gatewayPort: 80 })
  return { mesh, port, upstreams, setObjects, records, connections, logged }
}

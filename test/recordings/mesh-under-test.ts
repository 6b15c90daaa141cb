// A recording's objects before echo backends: read by the product's reader, compiled, and served on free ports.
import type { Clock } from '../../local/kernel/clock.ts'
import type { KubeObject } from '../../local/kernel/object.ts'
import { systemRandom } from '../../local/kernel/random.ts'
import { collectMeshObjects } from '../../local/mesh/compile/collect-objects.ts'
import { compileMesh } from '../../local/mesh/compile/compile.ts'
import type { MeshObjects } from '../../local/mesh/compile/mesh-objects.ts'
import { createMesh } from '../../local/mesh/mesh.ts'
import type { RequestRecord } from '../../local/mesh/proxy/record.ts'
import { createMeshPolicy } from '../../local/mesh/security/mesh-policy.ts'
import type { MeshTable } from '../../local/mesh/table/mesh-table.ts'
import { type EchoBackend, type EchoBehaviour, startEcho, unusedPort } from './echo-backend.ts'
import type { AccessLog, Recording, SeenRequest } from './recording.ts'
import type { MeshUnderTest } from './replay.ts'

interface ServiceEntry extends KubeObject {
  spec: { endpoints?: { ports: Record<string, number>; labels?: Record<string, string> }[] }
}

/** The same objects with each endpoint at an echo of its own, on a free port. */
export async function withEchoes(
  objects: readonly KubeObject[],
  onSeen: (tag: string, seen: SeenRequest) => void,
  draw: () => number,
  clock: Pick<Clock, 'after'>,
): Promise<{ objects: KubeObject[]; close(): void }> {
  const echoes: EchoBackend[] = []
  const remapped = await Promise.all(
    objects.map(async object => {
      if (object.kind !== 'ServiceEntry') return object
      const entry = structuredClone(object) as ServiceEntry
      for (const endpoint of entry.spec.endpoints ?? []) {
        for (const port of Object.keys(endpoint.ports)) {
          const labels = endpoint.labels ?? {}
          const echo = 'echo-down' in labels ? undefined : await startEcho(behaviourOf(entry, labels), onSeen, draw, clock)
          if (echo) echoes.push(echo)
          endpoint.ports[port] = echo?.port ?? (await unusedPort())
        }
      }
      return entry
    }),
  )
  return { objects: remapped, close: () => echoes.forEach(echo => void echo.close()) }
}

function behaviourOf({ metadata }: ServiceEntry, labels: Readonly<Record<string, string>>): EchoBehaviour {
  const { version = '' } = labels
  return {
    id: `${metadata.name}-${version}`,
    version,
    failPercent: Number(labels['echo-fail'] ?? 0),
    delaySeconds: Number(labels['echo-delay'] ?? 0),
  }
}

/** Each document of a recording that istiod accepted. */
export function acceptedSources({ config }: Recording): { file: string; text: string }[] {
  return config.filter(({ refused }) => !refused).map(({ text }, index) => ({ file: `document ${index}`, text }))
}

export interface Objects {
  table: MeshTable
  objects: MeshObjects
}

/** What the product makes of the objects of a recording. */
export function compileRecording(objects: readonly KubeObject[]): Objects {
  const sorted = collectMeshObjects(objects)
  return { table: compileMesh(sorted), objects: sorted }
}

/** One mesh with its gateway's ports and the outbound capture open. */
export async function openMesh({ table, objects }: Objects, clock: Clock): Promise<MeshUnderTest> {
  const logs: AccessLog[] = []
  const log = () => {}
  const fetch = (url: string) => Promise.reject(new Error(`no key set at ${url}`))
  const policy = createMeshPolicy({ clock, log, fetch, activatorInjected: () => false })
  policy.setObjects(objects)
  const mesh = createMesh({
    random: systemRandom,
    ...{ clock, log, policy },
    upstreams: { lease: () => Promise.reject(new Error('no revisions here')) as never },
    onRequest: record => logs.push(logOf(record)),
  })
  mesh.setTable(table)
  const ports = new Map<number, number>()
  for (const gatewayPort of table.gatewayPorts.keys()) {
    const { port } = await mesh.listen({ host: '127.0.0.1', port: 0, gatewayPort })
    ports.set(gatewayPort, port)
  }
  await mesh.listenCapture()
  const identity = { namespace: 'default', serviceAccount: 'default', labels: { app: 'client' }, name: 'client' }
  const proxy = new URL(mesh.credential(identity).url)
  const authorization = `Basic ${Buffer.from(`${proxy.username}:${proxy.password}`).toString('base64')}`
  return {
    gateway: port => ({ port: ports.get(port) ?? 0 }),
    captured: authority => ({ port: Number(proxy.port), tunnel: { authority, authorization } }),
    logs,
    close: () => mesh.close(0),
  }
}

function logOf(record: RequestRecord): AccessLog {
  const { status, flags, details, route, cluster, attempts } = record
  return { code: status, flags, details, ...(route ? { route } : {}), ...(cluster ? { cluster } : {}), attempts }
}

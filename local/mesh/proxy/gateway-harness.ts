// For tests at the gateway: worlds, backends and clients that are ended after each test.
import { createServer } from 'node:net'
import { afterEach } from 'vitest'
import type { FakeClock } from '../../kernel/clock.ts'
import { answering, type Backend, startBackend } from '../testing/backend.ts'
import { countedUpstreams } from '../testing/counted-upstreams.ts'
import { RawClient } from '../testing/raw-client.ts'
import { startWorld, type World, type WorldOptions } from '../testing/world.ts'

export const host = 'host: hello.app.localhost\r\n'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/** Runs after the present test, the last one named first. */
export function afterTest(cleanup: () => unknown): void {
  cleanups.push(cleanup)
}

export async function backendOf(onData: Parameters<typeof startBackend>[0]): Promise<Backend> {
  const backend = await startBackend(onData)
  afterTest(backend.close)
  return backend
}

export async function worldOf(upstreams: World['upstreams'], options: WorldOptions = {}): Promise<World> {
  const world = await startWorld(upstreams, options)
  afterTest(() => world.mesh.close(0))
  return world
}

export async function worldBefore(onData: Parameters<typeof startBackend>[0] = answering()) {
  const backend = await backendOf(onData)
  const world = await worldOf(countedUpstreams(backend.port))
  return { ...world, backend }
}

export function clientOf(port: number): RawClient {
  const client = new RawClient(port)
  afterTest(() => client.close())
  return client
}

export function ask(port: number, text: string): RawClient {
  return clientOf(port).send(text)
}

/** What the client has read once it has read `enough`, while the time of the mesh goes on. */
export async function answerInTime(clock: FakeClock, client: RawClient, enough: string): Promise<string> {
  while (!client.text.includes(enough)) {
    await clock.advance(10)
    await new Promise(resolve => setImmediate(resolve))
  }
  return client.text
}

/** A port that refuses connections. */
export async function deadPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

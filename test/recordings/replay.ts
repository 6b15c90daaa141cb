// Sends the requests of a recording to a mesh that has its configuration, and keeps what came of them.
import { setTimeout as pause } from 'node:timers/promises'
import { type Clock, sleep } from '../../local/kernel/clock.ts'
import { differences, type Observation } from './compare.ts'
import { tagHeader } from './echo-backend.ts'
import { exchange, requestBytes, type Way } from './raw-client.ts'
import {
  type AccessLog,
  isRequest,
  type RecordedAnswer,
  type RecordedRequest,
  type Recording,
  type SeenRequest,
  type WireResponse,
} from './recording.ts'

/** A mesh with the configuration of a recording, its ports open. */
export interface MeshUnderTest {
  /** The way of a client outside to a port of the gateway. */
  gateway(port: number): Way
  /** The way of a captured client of namespace `default`. */
  captured(authority: string): Way
  /** Of every request that is over, in that order. */
  logs: readonly AccessLog[]
  close(): Promise<void>
}

export interface Replayed {
  /** By id: empty when it agrees. */
  differences: ReadonlyMap<string, readonly string[]>
}

/** What the backends saw, by the tag of the request. */
export type SeenByTag = ReadonlyMap<string, readonly SeenRequest[]>

/** Draws and endpoints differ from run to run: a single call is made again until it falls as recorded. */
const mostCalls = 40
const mostCallMs = 40_000

/**
 * Requests to one host are made in their order on a mesh of their own; those to different hosts, which share no state
 * worth speaking of, at the same time.
 */
export async function replay(
  recording: Recording,
  startMesh: () => Promise<MeshUnderTest>,
  seen: SeenByTag,
  clock: Clock,
): Promise<Replayed> {
  const found = new Map<string, string[]>()
  await Promise.all(
    lanes(recording).map(async lane => {
      const mesh = await startMesh()
      for (const step of lane) {
        if (!isRequest(step)) await sleep(clock, step.sleep * 1000)
        else found.set(step.id, await differencesOf({ mesh, seen, clock }, step, recording.answers.get(step.id)))
      }
      await mesh.close()
    }),
  )
  return { differences: found }
}

/** The steps by host; a pause holds where a request to the same host follows it. */
function lanes({ steps }: Recording): Recording['steps'][number][][] {
  const hosts = new Set(steps.filter(isRequest).map(laneOf))
  return Array.from(hosts, host => {
    const own = steps.filter(step => !isRequest(step) || laneOf(step) === host)
    const first = own.findIndex(isRequest)
    const last = own.findLastIndex(isRequest)
    return own.slice(first, last + 1)
  })
}

const laneOf = ({ id, host = '', via = 'gateway' }: RecordedRequest) =>
  id === 'notimeout' ? id : `${via} ${host.toLowerCase()}`

interface Place {
  mesh: MeshUnderTest
  seen: SeenByTag
  clock: Clock
}

async function differencesOf(
  place: Place,
  request: RecordedRequest,
  answer: RecordedAnswer | undefined,
): Promise<string[]> {
  if (!answer) return ['no answer was recorded']
  const { clock } = place
  const startedAt = clock.now()
  let found: string[] = []
  for (let call = 0; call < mostCalls && clock.now() - startedAt < mostCallMs; call++) {
    found = differences(answer, await observe(place, request, answer, `${request.id}/${call}`))
    if (found.length === 0 || (request.n ?? 1) > 1) break
  }
  return found
}

async function observe(
  { mesh, seen, clock }: Place,
  request: RecordedRequest,
  answer: RecordedAnswer,
  tag: string,
): Promise<Observation> {
  const { n = 1, conc = 1 } = request
  const logsBefore = mesh.logs.length
  const responses: WireResponse[] = []
  const ms: number[] = []
  const calls = async (count: number) => {
    for (let left = count; left > 0; left--) {
      const startedAt = clock.now()
      responses.push(await call(mesh, request, tag))
      ms.push(clock.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: conc }, () => calls(n / conc)))
  const wantedHits = Object.values(answer.hits).reduce((sum, hits) => sum + hits, 0)
  const seenHere = () => seen.get(tag) ?? []
  await settle(() => seenHere().length >= wantedHits && mesh.logs.length - logsBefore >= n)
  return { responses, ms, seen: [...seenHere()], logs: mesh.logs.slice(logsBefore) }
}

/** Mirrors and log lines may come a moment after the answer. */
async function settle(done: () => boolean): Promise<void> {
  for (let waited = 0; !done() && waited < 100; waited += 5) await pause(5)
}

/** A connection that ends without an answer is one without a status. */
async function call(mesh: MeshUnderTest, request: RecordedRequest, tag: string): Promise<WireResponse> {
  const { via = 'gateway', port, host = '', method = 'GET' } = request
  const way = via === 'gateway' ? mesh.gateway(port ?? 80) : mesh.captured(authorityOf(host, port))
  const bytes = requestBytes(request, [[tagHeader, tag]])
  return exchange(way, bytes, method).catch(error => ({ status_line: String(error), headers: [], body: '' }))
}

/** The address a captured client connects to, where nothing listens: the recorded port, else that of the Host header. */
function authorityOf(host: string, port: number | undefined): string {
  const [, named = '80'] = host.split(':')
  return `127.0.0.2:${port ?? named}`
}

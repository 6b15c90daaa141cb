// Events while the runtime is killed with SIGKILL again and again: each accepted one is delivered.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MeshCall, meshClient } from '../mesh-client.ts'
import { pause, startWorld, type World } from '../world.ts'
import type { Soak } from './soak.ts'

const broker = 'http://broker-ingress.knative-eventing.svc.cluster.local/greeting/greetings'
const consumer = 'http://service-f.greeting.svc.cluster.local'

export const killRuntime: Soak = {
  name: 'kill-runtime',
  goal: 'events while the runtime is killed -9 five times: every accepted event is delivered',
  async run({ progress }) {
    const { accepted, missing } = await eventsUnderKills({ events: 1_000, kills: 5, progress })
    return {
      summary: `1000 events sent, ${accepted} accepted, ${missing.length} missing`,
      failures: missing.map(id => `${id} was accepted and never stored`),
    }
  },
}

export interface Attack {
  events: number
  kills: number
  progress?(step: string): void
}

/** Sends events in turns, ends each turn but the last with kill -9 and a new start, and tells which were lost. */
export async function eventsUnderKills(attack: Attack): Promise<{ accepted: number; missing: string[] }> {
  const stateDir = mkdtempSync(join(tmpdir(), 'skiff-soak-'))
  const accepted: string[] = []
  let { world, mesh } = await start(stateDir)
  const turn = Math.ceil(attack.events / (attack.kills + 1))
  for (let sent = 0; sent < attack.events; sent++) {
    if (sent > 0 && sent % turn === 0) {
      attack.progress?.(`${sent} of ${attack.events} events, killing the runtime`)
      process.kill(world.pid, 'SIGKILL')
      await world.stop()
      ;({ world, mesh } = await start(stateDir))
    }
    const id = `soak-${sent}`
    if (await accept(mesh, id)) accepted.push(id)
  }
  const missing = await awaitAll(mesh, accepted, attack.progress)
  await world.stop()
  rmSync(stateDir, { recursive: true, force: true })
  return { accepted: accepted.length, missing }
}

async function start(stateDir: string): Promise<{ world: World; mesh: MeshCall }> {
  const world = await startWorld({ stateDir })
  return { world, mesh: await meshClient(join(stateDir, 'api.sock'), 'greeting') }
}

/** Sends a greeting as an event; true when the broker took it. */
export async function accept(mesh: MeshCall, id: string): Promise<boolean> {
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': id,
    'ce-source': 'service-d',
    'ce-type': 'com.example.greeting.v1',
    'content-type': 'application/json',
  }
  const greeting = { id, service: 'Service-D', message: 'Shalom, from Service-D!', created: new Date().toISOString() }
  const answer = await mesh(broker, { method: 'POST', headers, body: JSON.stringify(greeting) }).catch(() => undefined)
  return answer?.status === 202
}

/** What the consumer has not stored after a minute at most. */
export async function awaitAll(
  mesh: MeshCall,
  accepted: readonly string[],
  progress?: (step: string) => void,
): Promise<string[]> {
  let missing: string[] = [...accepted]
  for (let turn = 0; turn < 120 && missing.length > 0; turn++) {
    await pause(500)
    const answer = await mesh(`${consumer}/api/messages?limit=1000`)
    const stored = new Set((JSON.parse(answer.body) as { id: string }[]).map(one => one.id))
    missing = accepted.filter(id => !stored.has(id))
    progress?.(`${missing.length} of ${accepted.length} not yet delivered`)
  }
  return missing
}

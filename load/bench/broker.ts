// The broker's ingress over HTTP: 1 KB events, 64 in flight, through the outbound capture as a function sends them.
import { join } from 'node:path'
import { Pool } from 'undici'
import { credential } from '../mesh-client.ts'
import { startWorld } from '../world.ts'
import { atLeast, atMost, type Bench, given } from './bench.ts'
import { milliseconds, percentile } from './stats.ts'

const inFlight = 64
const seconds = 8
const url = 'http://broker-ingress.knative-eventing.svc.cluster.local/greeting/greetings'
const body = JSON.stringify({ padding: 'x'.repeat(1_010) })

export const broker: Bench = {
  name: 'broker',
  async run(progress) {
    const world = await startWorld()
    const { origin, authorization } = await credential(join(world.stateDir, 'api.sock'), 'greeting')
    const pool = new Pool(origin, { connections: inFlight, pipelining: 1 })
    progress('sending')
    await post(pool, authorization, 2)
    const { accepted, refused, times } = await post(pool, authorization, seconds)
    await pool.destroy()
    await world.stop()
    const perSecond = (value: number) => `${Math.round(value).toLocaleString('en')} events/s`
    return [
      atLeast('broker, 1 KB, 64 in flight, accepted and on disk', accepted / seconds, 10_000, perSecond),
      atMost('its acknowledgement, p99', percentile(times, 0.99), 20, milliseconds),
      given('not accepted', String(refused)),
    ]
  },
}

interface Posted {
  accepted: number
  refused: number
  times: number[]
}

async function post(pool: Pool, authorization: string, forSeconds: number): Promise<Posted> {
  const posted: Posted = { accepted: 0, refused: 0, times: [] }
  const until = performance.now() + forSeconds * 1_000
  const producer = async (_: unknown, index: number) => {
    for (let count = 0; performance.now() < until; count++) {
      const startedAt = performance.now()
      const headers = {
        host: 'broker-ingress.knative-eventing.svc.cluster.local',
        'proxy-authorization': authorization,
        'content-type': 'application/json',
        'ce-specversion': '1.0',
        'ce-id': `${index}-${count}`,
        'ce-source': '/bench',
        'ce-type': 'bench',
      }
      const answer = await pool.request({ method: 'POST', path: url, headers, body })
      await answer.body.dump()
      if (answer.statusCode === 202) posted.accepted++
      else posted.refused++
      posted.times.push(performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, producer))
  return posted
}

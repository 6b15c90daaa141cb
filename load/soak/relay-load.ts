// The load test the relay was made for: requests at a fixed pace that all end at the test core.
import { request } from 'node:http'
import { coreOf } from '../answers.ts'
import { paced } from '../paced.ts'
import { startWorld } from '../world.ts'
import type { Soak } from './soak.ts'

const perSecond = 50
const host = 'usvc.algo.fit'
/** Who makes the load, so that no request leaves the mesh. */
const headers = { 'x-dev-user': 'stressTest' }

export const relayLoad: Soak = {
  name: 'relay-load',
  goal: 'fifty requests a second for a minute, as stressTest: no error, and only the test core on the third line',
  async run({ scale, progress }) {
    const requests = 60 * perSecond * scale
    const world = await startWorld()
    let answered = 0
    const flaws = await paced(requests, perSecond, async () => {
      const flaw = flawOf(await tell(world.port))
      if (++answered % perSecond === 0) progress(`${answered} of ${requests} requests`)
      return flaw
    })
    await world.stop()
    const failures = flaws.filter(flaw => flaw !== undefined)
    return { summary: `${requests} requests at ${perSecond} a second, ${failures.length} failed`, failures }
  },
}

/** What is wrong with an answer. */
export function flawOf({ status, body }: Answer): string | undefined {
  return status === 200 && coreOf(body) === 'load-svc-golang' ? undefined : `${status} ${body.slice(0, 200)}`
}

interface Answer {
  status: number
  body: string
}

/** One request of a client of its own, as a crowd sends them; no answer is status 0. */
function tell(port: number): Promise<Answer> {
  return new Promise(resolve => {
    const failed = (error: Error) => resolve({ status: 0, body: error.message })
    const options = { host: '127.0.0.1', port, path: '/', agent: false, headers: { ...headers, host } }
    const sent = request(options, answer => {
      let body = ''
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body })).once('error', failed)
    })
    sent.once('error', failed).end()
  })
}

// Loads of the greeting chain: the runs of hey and ab that its original was measured with.
import { complete, distinctGreetings } from '../answers.ts'
import type { Profile } from '../run/profile.ts'

const host = 'api.greeting.localhost'
const greeting = [{ path: '/api/greeting' }] as const
const thresholds = { p99: 5_000, errors: { count: 0 } }

function hey(requests: number, workers: number): Profile {
  return {
    ...{ name: `hey-n${requests}-c${workers}`, host, requests: greeting, thresholds, flawOf: chainFlaw },
    about: `hey -n ${requests} -c ${workers} on the greeting chain, every body checked`,
    model: { kind: 'closed', workers },
    limit: { requests },
  }
}

const chainFlaw = (body: string) => (complete(body) ? undefined : 'not the seven greetings')

export const greetingProfiles: Profile[] = [
  {
    ...{ name: 'hey-root', about: 'hey -n 500 -c 10 on the root, where there is nothing: 404 is right' },
    ...{ host, requests: [{ path: '/' }], status: 404, thresholds: { p99: 2_000, errors: { count: 0 } } },
    // Its -h2 changes nothing: hey speaks HTTP/2 over TLS alone, and the address is http://.
    model: { kind: 'closed', workers: 10 },
    limit: { requests: 500 },
  },
  hey(1_000, 10),
  hey(1_000, 25),
  hey(2_000, 50),
  {
    ...{ name: 'ab', about: 'ab -k -c 100 -n 10000 on the chain’s /api/ping, over kept connections' },
    ...{ host, requests: [{ path: '/api/ping' }], thresholds },
    flawOf: body => (distinctGreetings(body) ? undefined : 'not the seven greetings'),
    model: { kind: 'closed', workers: 100 },
    limit: { requests: 10_000 },
  },
]

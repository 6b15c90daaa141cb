// Loads of the relay: the artillery run of its original, whole and in short.
import { coreOf } from '../answers.ts'
import type { Profile } from '../run/profile.ts'

function artillery(name: string, seconds: number): Profile {
  return {
    name,
    about: `artillery, 50 a second for ${seconds} s as stressTest: only the core made for load answers`,
    host: 'usvc.algo.fit',
    requests: [{ path: '/', headers: { 'x-dev-user': 'stressTest' } }],
    model: { kind: 'open', perSecond: 50 },
    limit: { requests: 50 * seconds, seconds },
    thresholds: { p99: 5_000, errors: { count: 0 } },
    flawOf: body => (coreOf(body) === 'load-svc-golang' ? undefined : `third line by ${coreOf(body) ?? 'nobody'}`),
  }
}

export const relayProfiles: Profile[] = [artillery('artillery', 600), artillery('artillery-short', 20)]

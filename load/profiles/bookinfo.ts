// The load of the bookshop: what its load tester sends while a canary is analysed.
import type { Profile } from '../run/profile.ts'

export const bookinfoProfiles: Profile[] = [
  {
    name: 'loadtester',
    // The original asked two workers for ten a second each on /health, where a broken review would not show.
    about: 'the load tester of a canary, 20 a second for a minute, on the reviews of a book',
    host: 'bookinfo.example.com',
    requests: [{ path: '/api/v1/products/0/reviews' }],
    model: { kind: 'open', perSecond: 20 },
    limit: { requests: 1_200, seconds: 60 },
    thresholds: { p99: 500, errors: { share: 0.01 } },
  },
]

// Loads of the shop: one query that asks four of its services, and visitors of its page.
import { answered } from '../answers.ts'
import type { Profile, Shape } from '../run/profile.ts'

const host = 'crowdcrunch.example.com'

const stitched: Shape = {
  method: 'POST',
  path: '/graphql',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    query: '{ customer(id: "c1") { name orders(first: 5) { id status payment { status } fulfillment { kind } } } }',
  }),
}

export const commerceProfiles: Profile[] = [
  {
    ...{ name: 'shop', about: 'ten at once ask the stitched query of the shop for 30 s' },
    ...{ host, requests: [stitched], model: { kind: 'closed', workers: 10 }, limit: { seconds: 30 } },
    thresholds: { p99: 5_000, errors: { count: 0 } },
    flawOf: body => (answered(body) ? undefined : 'errors in the answer'),
  },
  {
    ...{
      name: 'siege',
      about: 'siege: 25 visitors of the shop’s page for a minute, each on a new connection, with pauses',
    },
    ...{ host, requests: [{ path: '/' }], closes: true },
    model: { kind: 'closed', workers: 25, pauseMs: 1_000 },
    limit: { seconds: 60 },
    thresholds: { p99: 5_000, errors: { count: 0 } },
  },
]

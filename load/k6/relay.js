// k6 run load/k6/relay.js: the load test of the relay, 50 a second for ten minutes in the open model.
// Another target: -e TARGET=…, a shorter run: -e DURATION=20s
import { check } from 'k6'
import http from 'k6/http'

export const options = {
  scenarios: {
    artillery: {
      ...{ executor: 'constant-arrival-rate', rate: 50, timeUnit: '1s', duration: __ENV.DURATION || '600s' },
      // Enough at once for the first seconds, when everybody waits for instances that start.
      ...{ preAllocatedVUs: 300, maxVUs: 1000 },
    },
  },
  thresholds: { checks: ['rate==1'], http_req_duration: ['p(99)<5000'], dropped_iterations: ['count==0'] },
}

const target = __ENV.TARGET || 'http://127.0.0.1:8080'

export default function () {
  const answer = http.get(`${target}/`, { headers: { Host: 'usvc.algo.fit', 'x-dev-user': 'stressTest' } })
  check(answer, {
    'status 200': one => one.status === 200,
    'the core made for load': one => one.body.split('\n')[2].includes(' load-svc-golang '),
  })
}

// k6 run load/k6/greeting.js: the greeting chain, 2,000 requests by 50 users, every body checked. Another target: -e TARGET=…
import { check } from 'k6'
import http from 'k6/http'

export const options = {
  scenarios: { 'hey-n2000-c50': { executor: 'shared-iterations', vus: 50, iterations: 2000, maxDuration: '10m' } },
  thresholds: { checks: ['rate==1'], http_req_duration: ['p(99)<5000'] },
}

const target = __ENV.TARGET || 'http://127.0.0.1:8080'

export default function () {
  const answer = http.get(`${target}/api/greeting`, { headers: { Host: 'api.greeting.localhost' } })
  check(answer, {
    'status 200': one => one.status === 200,
    'the seven greetings': one => new Set(one.json('greeting').map(each => each.service)).size === 7,
  })
}

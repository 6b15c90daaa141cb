// k6 run load/k6/shop.js: ten at once ask the stitched query of the shop for 30 s. Another target: -e TARGET=…
import { check } from 'k6'
import http from 'k6/http'

export const options = {
  scenarios: { shop: { executor: 'constant-vus', vus: 10, duration: '30s' } },
  thresholds: { checks: ['rate==1'], http_req_duration: ['p(99)<5000'] },
}

const target = __ENV.TARGET || 'http://127.0.0.1:8080'
const query = '{ customer(id: "c1") { name orders(first: 5) { id status payment { status } fulfillment { kind } } } }'

export default function () {
  const headers = { Host: 'crowdcrunch.example.com', 'content-type': 'application/json' }
  const answer = http.post(`${target}/graphql`, JSON.stringify({ query }), { headers })
  check(answer, {
    'status 200': one => one.status === 200,
    'no errors': one => one.json('errors') === undefined,
  })
}

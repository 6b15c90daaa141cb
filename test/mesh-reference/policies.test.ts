import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AuthorizationPolicy } from '../../local/api/istio/types.ts'
import { systemClock } from '../../local/kernel/clock.ts'
import { silentLog } from '../../local/kernel/log.ts'
import { createSecurity } from '../../local/mesh/security/security.ts'
import { mayPass, type PolicyRequest, type Workload } from './policies.ts'

const some = (...of: string[]) =>
  fc.option(fc.subarray(of, { minLength: 1, maxLength: Math.min(2, of.length) }), { nil: undefined, freq: 2 })
const principals = ['cluster.local/ns/app/sa/page', 'cluster.local/ns/other/sa/*', '*/sa/page', '*']
const addresses = ['10.0.0.0/8', '10.1.2.3', '192.168.0.0/16']

/** Without what is not there, as YAML has it: a field that is empty would be refused. */
function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T
}

const source = fc
  .record({
    principals: some(...principals),
    notPrincipals: some(...principals.slice(0, 2)),
    namespaces: some('app', 'ot*', '*er'),
    notNamespaces: some('other'),
    ipBlocks: some(...addresses),
    notIpBlocks: some(...addresses),
  })
  .map(present)

const operation = fc
  .record({
    methods: some('GET', 'P*', '*'),
    notMethods: some('POST'),
    paths: some('/a', '/api/*', '*.png', '*'),
    notPaths: some('/api/x'),
    hosts: some('a.test', '*.TEST', 'b.test:80'),
    notHosts: some('b.test*'),
    ports: some('80', '8080'),
    notPorts: some('8080'),
  })
  .map(present)

const when = fc
  .record({
    key: fc.constantFrom('request.headers[x-user]', 'request.headers[X-Group]'),
    values: some('me', 'you*', '*,*'),
    notValues: some('me', '*'),
  })
  .filter(({ values, notValues }) => values !== undefined || notValues !== undefined)
  .map(present)

const rule = fc
  .record({
    from: fc.option(fc.array(fc.record({ source }), { minLength: 1, maxLength: 2 }), { nil: undefined }),
    to: fc.option(fc.array(fc.record({ operation }), { minLength: 1, maxLength: 2 }), { nil: undefined }),
    when: fc.option(fc.array(when, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 2 }),
  })
  .map(present)

const policy = fc
  .record({
    namespace: fc.constantFrom('app', 'app', 'istio-system', 'other'),
    action: fc.constantFrom('ALLOW' as const, 'DENY' as const, undefined),
    selector: fc.constantFrom(undefined, undefined, { matchLabels: { app: 'page' } }, { matchLabels: { app: 'no' } }),
    rules: fc.option(fc.array(rule, { maxLength: 3 }), { nil: undefined, freq: 8 }),
  })
  .map(({ namespace, ...spec }) => ({ namespace, spec: present(spec) }))

const policies = fc.array(policy, { minLength: 1, maxLength: 4 }).map(all =>
  all.map(({ namespace, spec }, index): AuthorizationPolicy => {
    const metadata = { name: `policy-${index}`, namespace }
    return { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', metadata, spec }
  }),
)

const request: fc.Arbitrary<PolicyRequest> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  path: fc.constantFrom('/', '/a', '/api/x', '/api/', '/img/1.png'),
  host: fc.constantFrom('a.test', 'A.test', 'b.test', 'b.test:80'),
  port: fc.constantFrom(80, 8080),
  address: fc.constantFrom('10.1.2.3', '10.9.9.9', '192.168.3.4', '8.8.8.8'),
  principal: fc.constantFrom(
    undefined,
    'cluster.local/ns/app/sa/page',
    'cluster.local/ns/other/sa/page',
    'cluster.local/ns/other/sa/x',
  ),
  headers: fc.array(fc.tuple(fc.constantFrom('x-user', 'x-group'), fc.constantFrom('me', 'you', 'yours')), {
    maxLength: 3,
  }),
})

const workload: Workload = { namespace: 'app', labels: { app: 'page' } }

describe('policies', () => {
  it('let pass what an interpreter of the same YAML lets pass', async () => {
    const verdicts = { allowed: 0, denied: 0 }
    const property = fc.asyncProperty(
      policies,
      fc.array(request, { minLength: 20, maxLength: 20 }),
      async (all, asked) => {
        const security = createSecurity({
          clock: systemClock,
          log: silentLog,
          fetch: () => Promise.reject(new Error('none')),
        })
        security.setPolicies({ authorizationPolicies: all, requestAuthentications: [], peerAuthentications: [] })
        for (const { path, host, port, address, headers, ...one } of asked) {
          const verdict = await security.check(workload, {
            ...one,
            scheme: 'http',
            authority: host,
            target: `${path}?q=1`,
            headers: headers.flat(),
            ...{ peer: address, remote: address, destinationPort: port, sni: '' },
          })
          const expected = mayPass(all, workload, { path, host, port, address, headers, ...one })
          expect(verdict?.allowed ?? true).toBe(expected)
          verdicts[expected ? 'allowed' : 'denied']++
        }
      },
    )
    await fc.assert(property, { numRuns: 2_000, seed: 20_261_121 })
    expect(Math.min(verdicts.allowed, verdicts.denied)).toBeGreaterThan(5_000)
  })
})

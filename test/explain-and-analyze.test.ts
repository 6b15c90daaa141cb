// The two commands that read YAML alone, as a person starts them: what they print, and how they end.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const launcher = join(root, 'local/cli/bin/skiff.js')

const connectionRules = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g, namespace: default}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 443, name: tls, protocol: TLS}, hosts: ["*"], tls: {mode: PASSTHROUGH}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: v, namespace: default}
spec:
  hosts: [shop.test]
  gateways: [g]
  tls: [{match: [{sniHosts: [shop.test]}], route: [{destination: {host: shop.test, port: {number: 443}}}]}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: e, namespace: default}
spec: {hosts: [shop.test], ports: [{number: 443, name: tls, protocol: TLS}], resolution: DNS, location: MESH_EXTERNAL}
`

interface Outcome {
  code: number
  out: string
  err: string
}

function skiff(cwd: string, ...args: string[]): Promise<Outcome> {
  return new Promise(resolve => {
    execFile(process.execPath, [launcher, ...args], { cwd }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}

describe('skiff explain', () => {
  it('says the way of a request through this project, to the revision', async () => {
    const { code, out } = await skiff(root, 'explain', 'http://api.relay.localhost:8080/')
    expect(code).toBe(0)
    expect(out).toContain('┌ gateway port 80 · api.relay.localhost:8080/')
    expect(out).toMatch(
      /│ rule {5}VirtualService relay\/route-front spec\.http\[0\] \(istio\/relay\/routes\.yaml:\d+\)/,
    )
    expect(out).toContain('│ host     becomes front.relay.svc.cluster.local')
    expect(out).toMatch(/├ {2}34 % ▸ front-py\.relay:80 ▸ revision relay\/front-py/)
  })

  it.each(['beta', 'canary', 'current', 'dev', 'prod', 'retry', 'stress'])(
    'takes rule set %s on top of the folder',
    async name => {
      const file = `istio/relay/rules/${name}.yaml`
      const { out } = await skiff(
        root,
        'explain',
        'http://middleware-svc.relay/',
        '--from',
        'relay',
        '-f',
        file,
        '--json',
      )
      const { first } = JSON.parse(out)
      expect(first.door).toBe('sidecar of relay/default, port 80')
      expect(first.rule.at).toMatch(new RegExp(`^${file}:\\d+$`))
      expect(first.destinations[0].next.destinations[0].endpoints[0]).toMatch(/^revision relay\/middleware-/)
    },
  )

  it.each([
    [['ftp://x'], 2, 'not an http URL: ftp://x; write it as http://HOST[:PORT]/PATH'],
    [['http://x', '-H', 'nonsense'], 2, "-H nonsense: write it as 'name: value'"],
    [['http://x', '--from', 'rely'], 2, '--from rely: no such namespace, did you mean relay?'],
    [['http://x', '--labels', 'app'], 2, '--labels app: write it as name=value'],
    [['https://x', '--from', 'relay'], 2, 'https from inside the mesh is bytes to it: explain the http or the tls URL'],
    [['tcp://x'], 2, 'tcp://x names no port: write it as tcp://HOST:PORT'],
    [['http://x', '-f', 'no/such.yaml'], 3, 'no/such.yaml'],
  ])('%j ends with %i and says why', async (args, code, text) => {
    const outcome = await skiff(root, 'explain', ...args)
    expect(outcome.code).toBe(code)
    expect(outcome.err).toContain(text)
  })

  it('says the way of a connection by the name in its hello', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'skiff-explain-'))
    const file = join(folder, 'tls.yaml')
    writeFileSync(file, connectionRules)
    const { code, out } = await skiff(root, 'explain', 'tls://shop.test', '-f', file)
    const unknown = await skiff(root, 'explain', 'tls://else.test:443', '-f', file)
    rmSync(folder, { recursive: true })
    expect(code).toBe(0)
    expect(out).toContain('┌ gateway port 443 · shop.test:443\n│ for      shop.test\n')
    expect(out).toMatch(/│ rule {5}VirtualService default\/v spec\.tls\[0\]\.match\[0\] \(.*tls\.yaml:14\)/)
    expect(out).toContain('├ 100 % ▸ shop.test:443 ▸ shop.test:443')
    expect(unknown.out).toContain('answer   reset: no server at this port is for else.test')
  })

  it('names hosts that are called nearly so where nothing matches', async () => {
    const { code, out } = await skiff(root, 'explain', 'http://api.relai.localhost/')
    expect(code).toBe(0)
    expect(out).toContain('near     api.relay.localhost')
    expect(out).toContain('answer   404: no rule at this port is for this host')
  })
})

describe('skiff analyze', () => {
  let place: string
  const write = (file: string, text: string) => {
    mkdirSync(join(place, dirname(file)), { recursive: true })
    writeFileSync(join(place, file), text)
  }
  const service =
    'apiVersion: v1\nkind: Service\nmetadata: {name: there, namespace: default}\nspec: {ports: [{name: http, port: 80}], selector: {app: x}}\n'
  const route = (http: string) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: route, namespace: default}
spec:
  hosts: [there]
  http:
    - ${http}
`
  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), 'skiff-analyze-'))
    write('istio/services.yaml', service)
  })
  afterAll(() => rmSync(place, { recursive: true }))

  it('finds nothing in this project', async () => {
    expect(await skiff(root, 'analyze')).toMatchObject({ code: 0, err: '' })
    expect(await skiff(root, 'analyze', 'istio/relay/rules', 'istio/bookinfo/rules', '--strict')).toMatchObject({
      code: 0,
    })
  })

  it('ends with 0 on warnings, with 3 when they are to be errors', async () => {
    write('istio/route.yaml', route('{retries: {attempts: 2}, route: [{destination: {host: there}}]}'))
    const { code, out } = await skiff(place, 'analyze')
    expect(code).toBe(0)
    expect(out).toContain('istio/route.yaml:7:8: warning: without retryOn only failed connections are tried again')
    expect(out).toContain(
      '[SK202 retries-without-retry-on]\n  write: retryOn: 5xx,reset,connect-failure\n0 errors, 1 warning\n',
    )
    expect(await skiff(place, 'analyze', '--strict')).toMatchObject({ code: 3 })
  })

  it('ends with 3 on errors, and sees a file against the rest of the folder', async () => {
    write('more/wrong.yaml', route('{route: [{destination: {host: gone}}]}'))
    write('more/right.yaml', route('{route: [{destination: {host: there}}]}'))
    const wrong = await skiff(place, 'analyze', 'more/wrong.yaml', '--json')
    expect(wrong.code).toBe(3)
    expect(JSON.parse(wrong.out)).toMatchObject([{ id: 'SK301', severity: 'error', file: 'more/wrong.yaml', line: 7 }])
    expect(await skiff(place, 'analyze', 'more/right.yaml')).toMatchObject({ code: 0 })
  })

  it('says what admission would refuse', async () => {
    write('more/refused.yaml', route('{route: [{destination: {host: there}, weight: -1}]}'))
    const { code, out } = await skiff(place, 'analyze', 'more/refused.yaml')
    expect(code).toBe(3)
    expect(out).toMatch(/more\/refused\.yaml:7:\d+: error: .*weight.* \[SK001 refused\]/)
  })

  it('lists its rules', async () => {
    const { out } = await skiff(place, 'analyze', '--list')
    expect(out).toContain('SK201  warning  shadowed-rule\n')
  })
})

// The cluster's scripts with real kubectl against a runtime: what they do there they do on any cluster.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, projectDir, startWorld, type World } from '../load/world.ts'
import { lacks } from './cluster-tools.ts'

let world: World
let home: string

interface Outcome {
  code: number
  out: string
  err: string
}

function run(program: string, args: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, HOME: home, KUBECONFIG: join(world.stateDir, 'kubeconfig') }
  return new Promise(resolve => {
    execFile(program, args, { cwd: projectDir, env, maxBuffer: 2 ** 26 }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    )
  })
}

const script = (line: string) => {
  const [name = '', ...args] = line.split(' ')
  return run(join(projectDir, 'scripts', name), args)
}
const kubectl = (...args: string[]) => run('kubectl', args)

async function traffic(): Promise<Record<string, number>> {
  const { out } = await kubectl('get', 'ksvc', 'middleware', '-n', 'relay', '-o', 'jsonpath={.spec.traffic}')
  const entries = JSON.parse(out) as { revisionName: string; percent?: number }[]
  return Object.fromEntries(entries.map(({ revisionName, percent = 0 }) => [revisionName, percent]))
}

describe.skipIf(lacks('kubectl'))('on a cluster', () => {
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'deploy-'))
    world = await startWorld({ flags: ['--no-apply'] })
    const settings = ['config-autoscaler', 'config-domain', 'config-network', 'config-features']
    const { code, err } = await kubectl('apply', ...settings.flatMap(name => ['-f', `knative/${name}.yaml`]))
    expect(code, err).toBe(0)
  }, 120_000)

  afterAll(async () => {
    await world?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  it('deploy brings a suite revision by revision, until it is Ready and answers', { timeout: 180_000 }, async () => {
    const { code, out, err } = await script('deploy relay')
    expect(code, err).toBe(0)
    expect(out).toContain('revision.serving.knative.dev/front-py condition met')
    expect(await traffic()).toEqual({ 'middleware-prod': 80, 'middleware-canary': 20, 'middleware-dev': 0 })
    const { status, body } = await call(world.port, 'api.relay.localhost')
    expect(status).toBe(200)
    expect(body).toContain('--getRespondFrom--> http://middleware-svc.relay/')
  })

  it('a second run changes nothing', { timeout: 120_000 }, async () => {
    const generations = () =>
      kubectl(
        'get',
        'ksvc,revision,virtualservice',
        '-n',
        'relay',
        '-o',
        'custom-columns=N:.metadata.name,G:.metadata.generation',
      )
    const before = await generations()
    const { code, out, err } = await script('deploy relay')
    expect(code, err).toBe(0)
    expect(out).not.toContain(' created')
    expect(await generations()).toEqual(before)
  })

  it('canary moves a share and keeps the tags', { timeout: 60_000 }, async () => {
    const { code, err } = await script('canary relay/middleware middleware-canary 30 60 --pause 0')
    expect(code, err).toBe(0)
    expect(await traffic()).toEqual({ 'middleware-prod': 40, 'middleware-canary': 60, 'middleware-dev': 0 })
    const tags = await kubectl('get', 'ksvc', 'middleware', '-n', 'relay', '-o', 'jsonpath={.status.traffic[*].tag}')
    expect(tags.out).toBe('prod canary dev')
  })

  it('canary refuses what is not there, with its name', async () => {
    const revision = await script('canary relay/middleware middleware-nope 10')
    expect(revision.err).toContain('there is no revision middleware-nope in namespace relay')
    const service = await script('canary relay/nobody nobody-v2 10')
    expect(service.err).toContain('there is no service nobody in namespace relay')
    expect([revision.code, service.code]).toEqual([1, 1])
  })

  it('deploy brings the written split back', { timeout: 120_000 }, async () => {
    expect((await script('deploy relay --pull-secret regcred')).code).toBe(0)
    expect(await traffic()).toEqual({ 'middleware-prod': 80, 'middleware-canary': 20, 'middleware-dev': 0 })
  })

  it('AIR-42 deploy names the pull secret where every pod finds it', async () => {
    const path = ['-o', 'jsonpath={.imagePullSecrets[*].name}']
    expect((await kubectl('get', 'serviceaccount', 'default', '-n', 'relay', ...path)).out).toBe('regcred')
  })

  it('rules puts a rule set in force', async () => {
    const { code, out, err } = await script('rules relay prod')
    expect(code, err).toBe(0)
    expect(out).toContain('virtualservice.networking.istio.io/route-middle configured')
    await expect
      .poll(async () => (await call(world.port, 'api.relay.localhost')).body, { timeout: 20_000 })
      .toContain('prod-svc')
  })

  it('an overlay lies over every revision', { timeout: 180_000 }, async () => {
    const { code, out, err } = await script('deploy bookinfo --overlay dev')
    expect(code, err).toBe(0)
    expect(out).toContain('kubectl apply -f overlays/dev/bookinfo/stores.yaml')
    expect(out).toContain('revision.serving.knative.dev/reviews-v2 condition met')
    expect((await kubectl('get', 'secret', 'stores', '-n', 'bookinfo', '-o', 'name')).out).toBe('secret/stores\n')
  })

  it('production wants to know its stores first', async () => {
    const { code, err } = await script('deploy commerce --overlay production')
    expect(code).toBe(1)
    expect(err).toContain('kubectl create secret generic stores --namespace commerce --from-literal=MONGODB_URI=')
  })

  it('BKI-42 tear-down takes it away, and the second time finds nothing to do', { timeout: 120_000 }, async () => {
    const first = await script('tear-down relay')
    expect(first.code, first.err).toBe(0)
    expect((await kubectl('get', 'namespace', 'relay')).err).toContain('not found')
    const second = await script('tear-down relay')
    expect(second.code, second.err).toBe(0)
    expect(second.out).not.toContain(' deleted')
  })
})

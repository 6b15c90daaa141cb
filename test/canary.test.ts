// Canaries by hand under load: shares, tags and the way back, with our own commands, and with kn where it is installed.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectDir } from '../load/world.ts'
import { expectShare, many, tally } from './acceptance/many.ts'
import { ksvc, makeService, type Obj, type ServingWorld, servingWorld } from './acceptance/serving-world.ts'
import { eventually, skiff } from './acceptance/skiff.ts'

const image = 'dev.local/probe/echo'
const hasKn = spawnSync('kn', ['version']).status === 0

let world: ServingWorld
let folder: string
let load: Load

/** Requests without a pause, each of which must be answered well. */
interface Load {
  failures: string[]
  count: number
  stop(): Promise<void>
}

function startLoad(hosts: readonly string[]): Load {
  const load = { failures: [] as string[], count: 0, stop: async () => {} }
  let over = false
  const one = async (host: string) => {
    while (!over) {
      const { status, body } = await world.at(host).catch(error => ({ status: 0, body: String(error) }))
      load.count++
      if (status !== 200) load.failures.push(`${host}: ${status} ${body}`)
    }
  }
  const workers = [...hosts, ...hosts, ...hosts].map(one)
  load.stop = async () => {
    over = true
    await Promise.all(workers)
  }
  return load
}

async function command(...words: string[]): Promise<string> {
  const ran = await skiff(world.stateDir, ['service', ...words])
  if (ran.code !== 0) throw new Error(`skiff service ${words.join(' ')}: ${ran.err}`)
  return ran.out
}

/** The plugin as kn runs it, against the kubeconfig of the runtime. */
function plugin(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  return runProgram(process.execPath, [join(projectDir, 'local/cli/bin/kn-service-deploy.js'), ...words])
}

async function kn(...words: string[]): Promise<void> {
  const ran = await runProgram('kn', words)
  if (ran.code !== 0) throw new Error(`kn ${words.join(' ')}: ${ran.err}`)
}

function runProgram(program: string, words: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, KUBECONFIG: join(world.stateDir, 'kubeconfig') }
  const child = spawn(program, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ran = { code: 0, out: '', err: '' }
  child.stdout.on('data', data => {
    ran.out += data
  })
  child.stderr.on('data', data => {
    ran.err += data
  })
  return new Promise(resolve => child.once('close', code => resolve({ ...ran, code: code ?? -1 })))
}

/** How often each version answered. */
async function versions(host: string, count: number): Promise<Record<string, number>> {
  return tally((await many(count, () => world.seen(host))).map(one => one.version))
}

/** All, nothing, or a draw's share of so many requests are answered by version two. */
async function expectTwo(host: string, count: number, share: number): Promise<void> {
  const { two = 0 } = await versions(host, count)
  if (share === 0 || share === 1) expect(two).toBe(count * share)
  else expectShare(two, count, share)
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skiff-canary-'))
  world = await servingWorld()
})

afterAll(async () => {
  await world?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('a canary with kn service deploy and skiff service', () => {
  const host = 'shop.default.localhost'
  const tagged = 'canary-shop.default.localhost'

  it('starts with an image, a variable and a URL', async () => {
    const { code, out } = await plugin(image, '--name', 'shop', '--env', 'VERSION=one')
    expect(code).toBe(0)
    expect(out).toContain(`Service 'shop' created to latest revision 'shop-00001' is available at URL:`)
    expect(out).toContain(`http://${host}:${world.port}`)
    expect(await versions(host, 20)).toEqual({ one: 20 })
    load = startLoad([host])
  })

  it('a second revision takes the share it is given, and its tag leads to it alone', async () => {
    const { code, out } = await plugin(
      ...[image, '--name', 'shop', '--env', 'VERSION=two', '--percent', '20', '--tag', 'canary'],
    )
    expect(code).toBe(0)
    expect(out).toContain(`canary: http://${tagged}:${world.port}`)
    expect(out).toContain('--traffic shop-00001=100   (takes it back)')
    const counts = await versions(host, 1_000)
    expectShare(counts.two, 1_000, 0.2)
    expect(await versions(tagged, 50)).toEqual({ two: 50 })
  })

  it.each([
    [['canary=50'], 0.5],
    [['shop-00001=0'], 1],
    [['00001=100'], 0],
    [['@latest=30'], 0.3],
  ] as const)('KNI-15 %j moves the traffic, and users of the tag notice nothing', async (shares, wanted) => {
    await command('traffic', 'shop', ...shares)
    await expectTwo(host, 400, wanted)
    expect(await versions(tagged, 20)).toEqual({ two: 20 })
  })

  it('KNI-15 goes back in one command, and the tag stays', async () => {
    expect(await command('traffic', 'shop', '--rollback')).toContain('shop-00001=100%')
    expect(await versions(host, 100)).toEqual({ one: 100 })
    expect(await versions(tagged, 10)).toEqual({ two: 10 })
  })

  it('a revision that never gets ready never takes traffic', async () => {
    await command('traffic', 'shop', '@latest=100')
    const { code, err } = await plugin('test/crash', '--name', 'shop', '--percent', '50')
    expect(code).toBe(1)
    expect(err).toContain('is not Ready: RevisionFailed')
    expect(await versions(host, 100)).toEqual({ two: 100 })
  })

  it('no request failed meanwhile', async () => {
    await load.stop()
    expect(load.failures).toEqual([])
    expect(load.count).toBeGreaterThan(100)
  })

  it('what cannot be is refused in a sentence', async () => {
    for (const [words, sentence] of [
      [['traffic', 'shop', 'nobody=5'], 'service shop has no revision or tag "nobody"'],
      [['traffic', 'shop', '00001=80', '00002=30'], 'the shares add up to 110'],
      [['deploy', 'nowhere.yaml'], 'no such file'],
      [['deploy', './nowhere'], 'no such folder or file'],
    ] as const) {
      const { code, err } = await skiff(world.stateDir, ['service', ...words])
      expect([code, err]).toEqual([2, expect.stringContaining(sentence)])
    }
  })
})

describe('a gradual rollout', () => {
  it('moves the traffic step by step under load and loses no request', { timeout: 60_000 }, async () => {
    const host = 'gradual.default.localhost'
    const annotations = { 'serving.knative.dev/rollout-duration': '10s' }
    const document = (version: string): Obj => {
      const service = makeService('gradual', { version, annotations: { window: '30s' } })
      return { ...service, metadata: { ...service.metadata, annotations } }
    }
    const file = join(folder, 'gradual.yaml')
    writeFileSync(file, JSON.stringify(document('one')))
    await command('deploy', file)
    const traffic = startLoad([host])
    writeFileSync(file, JSON.stringify(document('two')))
    const seen = new Set<number>()
    const deployed = command('deploy', file)
    await eventually(
      async () => (await world.get(ksvc('gradual'))).status?.traffic ?? [],
      targets => {
        const newest = targets.find(one => one.revisionName === 'gradual-00002')?.percent ?? 0
        seen.add(newest)
        return newest === 100
      },
      40,
    )
    await deployed
    await traffic.stop()
    // It began small, and there were shares in between.
    expect(Math.min(...[...seen].filter(Boolean))).toBeLessThan(10)
    expect([...seen].filter(one => one > 0 && one < 100).length).toBeGreaterThan(2)
    expect(traffic.failures).toEqual([])
  })
})

describe.skipIf(!hasKn)('AIR-47, OBS-51 a canary with kn', () => {
  it('follows --traffic in steps and back, and no request fails', { timeout: 60_000 }, async () => {
    const host = 'byhand.default.localhost'
    await kn('service', 'create', 'byhand', '--image', image, '--env', 'VERSION=one', '--revision-name', 'byhand-v1')
    const traffic = startLoad([host])
    const second = ['--env', 'VERSION=two', '--revision-name', 'byhand-v2', '--tag', 'byhand-v1=prod']
    await kn('service', 'update', 'byhand', ...second, '--tag', '@latest=canary', '--traffic', 'byhand-v1=100')
    expect(await versions(host, 50)).toEqual({ one: 50 })
    for (const share of [10, 50, 100, 0]) {
      await kn('service', 'update', 'byhand', '--traffic', `byhand-v1=${100 - share}`, '--traffic', `@latest=${share}`)
      await expectTwo(host, 500, share / 100)
      expect(await versions('canary-byhand.default.localhost', 10)).toEqual({ two: 10 })
    }
    await traffic.stop()
    expect(traffic.failures).toEqual([])
  })
})

// The chart as people install it: real Helm brings every suite to a running system, and its notes lead to what answers.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, projectDir, startWorld, type World } from '../load/world.ts'
import { charted } from '../scripts/check-rendered.ts'
import { lacks } from './cluster-tools.ts'

interface Outcome {
  code: number
  out: string
  err: string
}

describe.skipIf(lacks('helm', 'kubectl'))('CC-24 on a cluster, Helm', () => {
  let world: World
  let home: string

  function run(program: string, ...args: string[]): Promise<Outcome> {
    const env = { ...process.env, HOME: home, KUBECONFIG: join(world.stateDir, 'kubeconfig') }
    return new Promise(resolve => {
      execFile(program, args, { cwd: projectDir, env, maxBuffer: 2 ** 26 }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      )
    })
  }

  async function helm(...args: string[]): Promise<string> {
    const { code, out, err } = await run('helm', ...args)
    expect(code, err).toBe(0)
    return out
  }

  /** Generations of everything that a boot would have made too: they stay when nothing is changed. */
  async function generations(): Promise<string> {
    const columns = 'custom-columns=K:.kind,S:.metadata.namespace,N:.metadata.name,G:.metadata.generation,P:.spec.ports'
    return (await run('kubectl', 'get', 'ksvc,virtualservice,trigger,broker,service', '-A', '-o', columns)).out
  }

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'chart-'))
    world = await startWorld({ flags: ['--no-apply'] })
    const settings = ['config-autoscaler', 'config-domain', 'config-network', 'config-features']
    const { code, err } = await run('kubectl', 'apply', ...settings.flatMap(name => ['-f', `knative/${name}.yaml`]))
    expect(code, err).toBe(0)
  }, 120_000)

  afterAll(async () => {
    await world?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  /** What an installation would say afterwards. */
  async function notes(...flags: string[]): Promise<string> {
    const out = await helm('install', 'skiff', '.', '--dry-run=client', ...flags)
    return out.slice(out.indexOf('\nNOTES:'))
  }

  it.each([
    [[], 6, ':8080'],
    [['--set', 'domain=example.org'], 6, ''],
    [['--values', 'values-production.yaml', '--set', 'suites={greeting,relay}'], 2, ':8080'],
  ])('with %j notes %i addresses, each a host of the chart', async (flags, count, port) => {
    const addresses = (await notes(...flags)).match(/^ {2}http:\S+$/gm) ?? []
    const { text } = await charted(projectDir, ...flags)
    expect(addresses).toHaveLength(count)
    for (const address of addresses) {
      const [, host = '', given] = /^ {2}http:\/\/([^/:]+)(:\d+)?\//.exec(address) ?? []
      expect(text).toMatch(new RegExp(`^ +(- |name: )"?${host}"?$`, 'm'))
      expect(given ?? '').toBe(port)
    }
  })

  it.each([
    [['--set', 'step=0'], '1'],
    [['--set', 'step=1'], '2'],
    [['--set', 'step=2'], '3'],
    [['--set', 'step=3'], undefined],
    [['--set', 'step=0', '--set', 'suites={greeting}'], undefined],
    [['--set', 'step=1', '--set', 'suites={greeting}'], undefined],
  ])('with %j notes that step %s is next', async (flags, next) => {
    const [, found] = /helm upgrade skiff \. --reuse-values --set step=(\d)\n/.exec(await notes(...flags)) ?? []
    expect(found).toBe(next)
  })

  it('notes for production the Secret that has to be there', async () => {
    expect(await notes('--values', 'values-production.yaml')).toContain('kubectl create secret generic stores')
    expect(await notes()).not.toContain('secret')
  })

  it('installs the chart, and upgrades it as its notes say, until all is Ready', { timeout: 300_000 }, async () => {
    let said = await helm('install', 'skiff', '.', '--set', 'overlay=', '--set', 'step=1')
    for (const step of ['2', '3']) {
      await ready('revision')
      expect(said).toContain(`helm upgrade skiff . --reuse-values --set step=${step}\n`)
      said = await helm('upgrade', 'skiff', '.', '--reuse-values', '--set', `step=${step}`)
    }
    expect(said).not.toContain('helm upgrade')
    for (const kind of ['ksvc', 'broker,trigger']) await ready(kind)
    const { out } = await run('kubectl', 'get', 'revision', '-n', 'relay', '-o', 'name')
    expect(out.match(/\/(front|middleware|core)-/g)).toHaveLength(8)
  })

  async function ready(kinds: string): Promise<void> {
    const { code, out, err } = await run(
      'kubectl',
      ...['wait', kinds, '--all', '--all-namespaces', '--for=condition=Ready', '--timeout=120s'],
    )
    expect(code, out + err).toBe(0)
  }

  it('its notes name an address of each suite, and each answers', { timeout: 120_000 }, async () => {
    const addresses = (await helm('get', 'notes', 'skiff')).match(/^ {2}http:\S+$/gm) ?? []
    expect(addresses).toHaveLength(6)
    for (const address of addresses) {
      const { host, hostname, pathname } = new URL(address.trim())
      expect(host).toBe(`${hostname}:8080`)
      expect({ address, status: (await call(world.port, hostname, pathname)).status }).toEqual({ address, status: 200 })
    }
  })

  it('changes nothing the second time', { timeout: 120_000 }, async () => {
    const before = await generations()
    await helm('upgrade', 'skiff', '.', '--reuse-values')
    expect(await generations()).toBe(before)
  })

  it('starts over where the first revisions are missing, as its notes say', { timeout: 180_000 }, async () => {
    await helm('uninstall', 'skiff', '--wait')
    const said = await helm('install', 'skiff', '.', '--set', 'overlay=', '--set', 'suites={relay}')
    expect(said).toContain('helm upgrade skiff . --reuse-values --set step=1\n')
    for (const step of [1, 2, 3]) {
      await helm('upgrade', 'skiff', '.', '--reuse-values', '--set', `step=${step}`)
      await ready('revision')
    }
    await ready('ksvc')
  })

  it('takes all of it away', { timeout: 120_000 }, async () => {
    await helm('uninstall', 'skiff', '--wait')
    expect((await run('kubectl', 'get', 'namespace', 'relay')).err).toContain('not found')
    expect((await run('kubectl', 'get', 'ksvc,route,revision', '-A')).out).toBe('')
  })

  it('prints for kubectl what installs as well', { timeout: 300_000 }, async () => {
    for (const step of [1, 2, 3, 3]) {
      const file = join(home, `step-${step}.yaml`)
      writeFileSync(file, await helm('template', 'skiff', '.', '--set', 'overlay=', '--set', `step=${step}`))
      const { code, err } = await run('kubectl', 'apply', '-f', file)
      expect(code, err).toBe(0)
      await ready('revision')
    }
    for (const kind of ['ksvc', 'broker,trigger']) await ready(kind)
  })
})

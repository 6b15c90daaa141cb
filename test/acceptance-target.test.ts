// The acceptance suite on a cluster: what the two variables may say, and the suite itself against a runtime that it
// knows by kubeconfig and ingress alone, as it would know a cluster.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort, projectDir, startWorld, type World } from '../load/world.ts'
import { checkCluster } from './acceptance/check-cluster.ts'
import { clusterOf } from './acceptance/target.ts'
import { lacks } from './cluster-tools.ts'

let folder: string
let kubeconfig: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'acceptance-target-'))
  kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, 'apiVersion: v1\nkind: Config\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the variables that name a cluster', () => {
  const named = (ingress: string) =>
    clusterOf({ SKIFF_TEST_KUBECONFIG: kubeconfig, SKIFF_TEST_INGRESS: ingress })?.ingress

  it('mean the local runtime when neither is set', () => {
    expect(clusterOf({})).toBeUndefined()
  })

  it.each([
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['ingress.example.org', { host: 'ingress.example.org', port: 80 }],
    ['[::1]:31380', { host: '::1', port: 31380 }],
  ])('name an ingress: %s', (text, address) => {
    expect(named(text)).toEqual(address)
  })

  it.each([
    [{ SKIFF_TEST_INGRESS: 'a:80' }, /^SKIFF_TEST_KUBECONFIG is missing: the path of the kubeconfig .* \.skiff/],
    [{ SKIFF_TEST_KUBECONFIG: 'x' }, /^SKIFF_TEST_INGRESS is missing: HOST:PORT .* 127\.0\.0\.1:8080/],
    [
      { SKIFF_TEST_KUBECONFIG: '/nowhere', SKIFF_TEST_INGRESS: 'a:80' },
      /^SKIFF_TEST_KUBECONFIG: there is no file \/nowh/,
    ],
  ])('are refused one by one: %j', (env, message) => {
    expect(() => clusterOf(env)).toThrow(message)
  })

  it.each(['http://a:80', 'a:http', 'a/b', 'me@a', ':80', 'a:99999'])('refuse %s for an ingress', text => {
    expect(() => named(text)).toThrow(`SKIFF_TEST_INGRESS is "${text}": HOST:PORT`)
  })
})

describe.skipIf(lacks('kubectl'))('the suite on a cluster', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world?.stop())

  const ingress = () => ({ host: '127.0.0.1', port: world.port })
  const itsKubeconfig = () => join(world.stateDir, 'kubeconfig')

  it('is not begun when no cluster answers, none is reached, or nobody is at the ingress', async () => {
    const gone = join(folder, 'gone')
    const text = readFileSync(itsKubeconfig(), 'utf8')
    writeFileSync(gone, text.replace(/server: .*/, `server: https://127.0.0.1:${await freePort()}`))
    const check = (path: string, port: number) =>
      checkCluster({ kubeconfig: path, ingress: { host: '127.0.0.1', port } })
    await expect(check(kubeconfig, world.port)).rejects.toThrow(
      /^SKIFF_TEST_KUBECONFIG=.*no cluster answers \(.+\); name/,
    )
    await expect(check(gone, world.port)).rejects.toThrow(
      /^SKIFF_TEST_KUBECONFIG=.*no cluster answers \(.*refused.*\); name/,
    )
    const port = await freePort()
    await expect(check(itsKubeconfig(), port)).rejects.toThrow(
      `SKIFF_TEST_INGRESS=127.0.0.1:${port}: nobody answers there`,
    )
    await expect(check(itsKubeconfig(), world.port)).resolves.toBeUndefined()
  })

  it('ends with 1 and that sentence alone', async () => {
    const { code, text } = await suite({ kubeconfig, ingress: ingress() }, ['relay'])
    expect(code).toBe(1)
    expect(text).toContain(`SKIFF_TEST_KUBECONFIG=${kubeconfig}: no cluster answers`)
    expect(text).not.toContain('✓')
  })

  it('has the same rows as on the local runtime; what looks inside it is left out with its reason', async () => {
    const rows = 'OBS-01|OBS-18|OBS-39|OBS-43|AIR-41|KNI-24 is open|BKI-0[789]|BKI-1[123]|left out|byte by byte'
    const files = ['greeting', 'relay-security', 'bookinfo.test', 'wire']
    const { code, results, text } = await suite({ kubeconfig: itsKubeconfig(), ingress: ingress() }, files, rows)
    expect(code, text).toBe(0)
    const passed = results.filter(({ status }) => status === 'passed').map(({ title }) => title)
    for (const row of ['OBS-01', 'OBS-18', 'OBS-39', 'OBS-43', 'AIR-41', 'KNI-24', 'BKI-08', 'BKI-12'])
      expect(
        passed.filter(title => title.includes(row)),
        row,
      ).not.toEqual([])
    const skipped = results.filter(({ status }) => status !== 'passed').map(({ title }) => title)
    expect(skipped).toEqual(
      expect.arrayContaining([
        'may come byte by byte',
        expect.stringContaining('left out on a cluster: it speaks bytes'),
      ]),
    )
  }, 240_000)
})

interface Result {
  title: string
  status: string
}

/** Runs files of the suite, the tests of these names, in a vitest of its own. */
async function suite(
  cluster: { kubeconfig: string; ingress: { host: string; port: number } },
  files: string[],
  rows = '',
): Promise<{ code: number; text: string; results: Result[] }> {
  const report = join(folder, 'report.json')
  const { VITEST: _v, VITEST_MODE: _m, VITEST_POOL_ID: _p, VITEST_WORKER_ID: _w, TEST: _t, ...env } = process.env
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const words = [
    'run',
    '--project',
    'acceptance',
    ...reporters,
    ...(rows ? ['-t', rows] : []),
    ...files.map(file => `test/acceptance/${file}`),
  ]
  const child = spawn(process.execPath, [join(projectDir, 'node_modules/vitest/vitest.mjs'), ...words], {
    cwd: projectDir,
    env: {
      ...env,
      SKIFF_TEST_KUBECONFIG: cluster.kubeconfig,
      SKIFF_TEST_INGRESS: `${cluster.ingress.host}:${cluster.ingress.port}`,
    },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => {
      text += data
    })
  const code = await new Promise<number>(resolve => child.once('close', ended => resolve(ended ?? -1)))
  const tests = () =>
    (JSON.parse(readFileSync(report, 'utf8')) as { testResults: { assertionResults: Result[] }[] }).testResults
  return { code, text, results: rows ? tests().flatMap(({ assertionResults }) => assertionResults) : [] }
}

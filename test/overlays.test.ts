// Every base and overlay, brought by real kubectl to a running system: all of it gets Ready, and a second time changes nothing.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectDir, startWorld, type World } from '../load/world.ts'
import { foreignKind, kustomizations } from '../scripts/check-rendered.ts'
import { lacks } from './cluster-tools.ts'
import { findServer, isFound } from './servers/found.ts'

/** Has kinds of the Prometheus operator, which only a cluster has. */
const ofOperator = 'istio/observability/overlays/production'
const folders = (await kustomizations(projectDir)).filter(folder => folder !== ofOperator)
const isProduction = (folder: string) => folder.includes('production')

let world: World
let home: string
let rabbitmq: { url: string; stop(): Promise<void> } | undefined

interface Outcome {
  code: number | null
  out: string
  err: string
}

function kubectl(...args: string[]): Promise<Outcome> {
  const env = { ...process.env, HOME: home, KUBECONFIG: join(world.stateDir, 'kubeconfig') }
  const child = spawn('kubectl', args, { cwd: projectDir, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const printed: Outcome = { code: null, out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.err += text
  })
  return new Promise(resolve => child.once('close', code => resolve({ ...printed, code })))
}

/** What was said against it, but for warnings and for kinds of operators that are not here. */
function complaints(err: string): string[] {
  const lines = err.trim().split('\n')
  return lines.filter(
    line => line && !/^Warning: |^ensure CRDs are installed first$/.test(line) && !foreignKind.test(line),
  )
}

interface Applied {
  kind: string
  metadata: { name: string; namespace?: string; generation?: number }
  data?: unknown
  status?: { conditions?: { type: string; status: string; reason?: string }[] }
}

/** What kubectl prints as JSON: one object, or a list of them. */
function objectsIn(json: string): Applied[] {
  const printed = JSON.parse(json) as Applied | { items: Applied[] }
  return 'items' in printed ? printed.items : [printed]
}

/** Applies a folder; resolves with what of its objects would change by a write. */
async function applied(folder: string): Promise<unknown[]> {
  const done = await kubectl('apply', '--kustomize', folder, '--output', 'json')
  expect(complaints(done.err)).toEqual([])
  return objectsIn(done.out).map(({ kind, metadata: { name, namespace, generation }, data }) => ({
    ...{ kind, name, namespace, generation, data },
  }))
}

/** Everything that gets Ready and is not, with its reason. */
async function unready(): Promise<string[]> {
  const kinds = 'ksvc,broker,trigger,sequence,parallel,pingsource'
  const { out } = await kubectl('get', kinds, '--all-namespaces', '--output', 'json')
  return objectsIn(out).flatMap(({ kind, metadata: { namespace, name }, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready')
    return ready?.status === 'True' ? [] : [`${kind} ${namespace}/${name}: ${ready?.reason ?? 'not seen yet'}`]
  })
}

async function isTaken(folder: string): Promise<void> {
  const first = await applied(folder)
  await expect.poll(unready, { timeout: 120_000, interval: 500 }).toEqual([])
  expect(await applied(folder)).toEqual(first)
}

describe.skipIf(lacks('kubectl'))('kubectl applies', { timeout: 240_000 }, () => {
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'overlays-'))
    rabbitmq = isFound('rabbitmq') ? await findServer('rabbitmq') : undefined
    world = await startWorld({ env: rabbitmq ? { RABBITMQ_URL: rabbitmq.url } : {} })
    // Dashboards go to where Grafana looks for them.
    expect((await kubectl('create', 'namespace', 'monitoring')).code).toBe(0)
  }, 180_000)

  afterAll(async () => {
    await world?.stop()
    await rabbitmq?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  it.each(folders.filter(folder => !isProduction(folder)))('%s', isTaken)

  describe.skipIf(!isFound('rabbitmq'))('for production', () => {
    beforeAll(async () => {
      // A broker's class cannot change: it goes and comes again.
      const { code, err } = await kubectl('delete', 'broker', '--all', '--all-namespaces')
      expect(code, err).toBe(0)
      await kubectl('apply', '-k', 'overlays/production')
    }, 120_000)

    it.each(folders.filter(isProduction))('%s', isTaken)

    it(`${ofOperator}, but for the kinds of an operator`, async () => {
      const { code, out, err } = await kubectl('apply', '--kustomize', ofOperator)
      expect({ code, complaints: complaints(err) }).toEqual({ code: 1, complaints: [] })
      expect(out).toMatch(/^telemetry\.telemetry\.istio\.io\/\S+ created$/m)
      expect(out).toMatch(/^configmap\/\S+ /m)
    })
  })
})

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Revision, serving } from '../../api/serving/types.ts'
import { FakeClock, systemClock } from '../../kernel/clock.ts'
import { silentLog } from '../../kernel/log.ts'
import { ObjectStore } from '../../kernel/object-store.ts'
import { seededRandom } from '../../kernel/random.ts'
import { repointAll, repointedAnnotation, type SourceWatchOptions, watchSources } from './source-watch.ts'

const image = 'dev.local/hello/hello'
let projectDir: string
let store: ObjectStore
let digest: string
let repointed: string[]
let options: SourceWatchOptions

beforeEach(() => {
  projectDir = mkdtempSync(join(tmpdir(), 'skiff-watch-'))
  mkdirSync(join(projectDir, 'functions/hello/hello'), { recursive: true })
  store = new ObjectStore({ clock: new FakeClock(Date.UTC(2026, 0, 1)), random: seededRandom(1) })
  digest = 'one'
  repointed = []
  options = {
    projectDir,
    store,
    clock: new FakeClock(Date.UTC(2026, 0, 1)),
    log: silentLog,
    resolve: async name => `${name}@sha256:${digest}`,
    repointed: name => void repointed.push(name),
  }
  const meta = { namespace: 'default' }
  for (const name of ['hello-00001', 'hello-00002']) {
    store.create({
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Revision',
      metadata: { ...meta, name },
      spec: { containers: [{ image }] },
      status: { containerStatuses: [{ imageDigest: `${image}@sha256:one` }] },
    } as Revision)
  }
  const service = { metadata: { ...meta, name: 'hello' }, status: { latestReadyRevisionName: 'hello-00002' } }
  store.create({ apiVersion: 'serving.knative.dev/v1', kind: 'Service', spec: {}, ...service } as never)
  const labels = { 'serving.knative.dev/revision': 'hello-00002' }
  store.create({ apiVersion: 'v1', kind: 'Pod', metadata: { ...meta, name: 'pod', labels } })
})
afterEach(() => rmSync(projectDir, { recursive: true }))

const statusOf = (name: string) => store.get<Revision>(serving.revision, 'default', name)?.status
const pods = () => store.list({ group: '', kind: 'Pod' }).length

describe('a changed source', () => {
  it('gives the latest revision the new image, says so in its status, and replaces its instances', async () => {
    digest = 'two'
    await repointAll(options)
    expect(statusOf('hello-00002')).toEqual({
      containerStatuses: [{ imageDigest: `${image}@sha256:two` }],
      annotations: { [repointedAnnotation]: `2026-01-01T00:00:00Z ${image}@sha256:two` },
    })
    expect({ repointed, pods: pods() }).toEqual({ repointed: ['hello-00002'], pods: 0 })
  })

  it('leaves earlier revisions alone', async () => {
    digest = 'two'
    await repointAll(options)
    expect(statusOf('hello-00001')?.containerStatuses).toEqual([{ imageDigest: `${image}@sha256:one` }])
  })
})

it('an unchanged source changes nothing', async () => {
  await repointAll(options)
  expect({ repointed, pods: pods(), annotations: statusOf('hello-00002')?.annotations }).toEqual({
    repointed: [],
    pods: 1,
  })
})

it('a source that does not build keeps the image and is logged', async () => {
  const lines: string[] = []
  const log = (_level: string, message: string) => void lines.push(message)
  await repointAll({ ...options, log, resolve: () => Promise.reject(new Error('app.ts:3:1: unexpected }')) })
  expect(lines).toEqual(['default/hello-00002 keeps its image: app.ts:3:1: unexpected }'])
  expect(pods()).toBe(1)
})

it('a write below functions/ is noticed', async () => {
  const seen = Promise.withResolvers<string>()
  const stop = watchSources({ ...options, clock: systemClock, repointed: seen.resolve })
  digest = 'two'
  writeFileSync(join(projectDir, 'functions/hello/hello/app.ts'), 'export default 2')
  expect(await seen.promise).toBe('hello-00002')
  stop()
})

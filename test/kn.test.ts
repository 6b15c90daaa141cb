// The Knative client: the requests it sends, always; and its own command lines, where it is installed.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  conditionOf,
  ksvc,
  makeService,
  type Obj,
  type ServingWorld,
  servingWorld,
} from './acceptance/serving-world.ts'
import { eventually } from './acceptance/skiff.ts'
import { watchFrom } from './kn-watch.ts'

const image = 'dev.local/probe/echo'
const hasKn = spawnSync('kn', ['version']).status === 0
const services = '/apis/serving.knative.dev/v1/namespaces/default/services'

let world: ServingWorld
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skiff-kn-'))
  // A domain is claimed by whoever maps it first.
  world = await servingWorld({ 'config-network': { 'autocreate-cluster-domain-claims': 'true' } })
})

afterAll(async () => {
  await world?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('what kn asks', () => {
  it('create: 404 as a Status, then the object, then changes from its version on until Ready', async () => {
    const missing = await world.api('GET', ksvc('asked'))
    expect([missing.code, missing.body.reason, missing.body.kind]).toEqual([404, 'NotFound', 'Status'])
    const created = await world.api('POST', services, makeService('asked'))
    expect(created.code).toBe(201)
    const since = created.body.metadata.resourceVersion ?? ''
    const seen = await watchFrom(world.stateDir, `${services}?fieldSelector=metadata.name%3Dasked`, since, isSettled)
    expect(seen.every(one => one.type === 'MODIFIED')).toBe(true)
    expect(conditionOf(seen.at(-1)?.object as Obj)?.status).toBe('True')
  })

  it('a failure shows as a change after the object was read, never before', async () => {
    const template = { container: { image: 'test/nowhere' } }
    const created = await world.api('POST', services, makeService('failing', template))
    const read = await world.get(ksvc('failing'))
    expect(conditionOf(read)?.status).not.toBe('False')
    const since = created.body.metadata.resourceVersion ?? ''
    const seen = await watchFrom(world.stateDir, `${services}?fieldSelector=metadata.name%3Dfailing`, since, isSettled)
    expect(conditionOf(seen.at(-1)?.object as Obj)).toMatchObject({ status: 'False', reason: 'RevisionMissing' })
  })

  it('delete --wait: the deletion is told to who watches from a version of the past', async () => {
    const before = await world.service('leaving')
    const gone = watchFrom(
      ...[world.stateDir, `${services}?fieldSelector=metadata.name%3Dleaving`, before.metadata.resourceVersion ?? ''],
      event => event.type === 'DELETED',
    )
    await world.api('DELETE', ksvc('leaving'), { kind: 'DeleteOptions', propagationPolicy: 'Foreground' })
    expect((await gone).at(-1)?.type).toBe('DELETED')
    const late = await watchFrom(
      ...[world.stateDir, `${services}?fieldSelector=metadata.name%3Dleaving`, before.metadata.resourceVersion ?? ''],
      event => event.type === 'DELETED',
    )
    expect(late.at(-1)?.type).toBe('DELETED')
  })

  it('apply: the answer comes before anything is reconciled', async () => {
    await world.service('applied')
    const patched = await world.api('PATCH', ksvc('applied'), {
      spec: { template: { metadata: { annotations: { 'client.knative.dev/updateTimestamp': 'now' } } } },
    })
    expect(patched.body.metadata.generation).toBe(2)
    expect(patched.body.status?.observedGeneration).toBe(1)
  })

  it('a stale update is a Conflict, a replacement without uid keeps it', async () => {
    await world.service('replaced')
    const found = await world.get(ksvc('replaced'))
    const { name, annotations = {}, resourceVersion = '' } = found.metadata
    const next = { ...makeService('replaced', { version: 'two' }), metadata: { name, annotations, resourceVersion } }
    const replaced = await world.api('PUT', ksvc('replaced'), next)
    expect(replaced.body.metadata.uid).toBe(found.metadata.uid)
    const stale = await world.api('PUT', ksvc('replaced'), next)
    expect([stale.code, stale.body.reason]).toEqual([409, 'Conflict'])
  })

  it('a group that is not there is answered as plain text', async () => {
    const { code, body } = await world.api('GET', '/apis/nothing.knative.dev/v1/namespaces/default/things')
    expect([code, body.message]).toEqual([404, '404 page not found\n'])
  })

  it('lists of all namespaces have a version', async () => {
    const list = await world.get('/apis/serving.knative.dev/v1/services')
    expect(list.metadata.resourceVersion).toMatch(/^\d+$/)
  })
})

function isSettled({ object }: { object: unknown }): boolean {
  const service = object as Obj
  const current = service.status?.observedGeneration === service.metadata.generation
  return current && conditionOf(service)?.status !== undefined && conditionOf(service)?.status !== 'Unknown'
}

interface Ran {
  code: number
  out: string
  err: string
}

function kn(...words: string[]): Promise<Ran> {
  const env = { ...process.env, KUBECONFIG: join(world.stateDir, 'kubeconfig') }
  const child = spawn('kn', words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ran: Ran = { code: 0, out: '', err: '' }
  child.stdout.on('data', data => {
    ran.out += data
  })
  child.stderr.on('data', data => {
    ran.err += data
  })
  return new Promise(resolve => child.once('close', code => resolve({ ...ran, code: code ?? -1 })))
}

/** The columns of a table's first line and of the line that begins with `name`. */
function row(table: string, name: string): Record<string, string> {
  const [heading = '', ...lines] = table.split('\n')
  const starts = [...heading.matchAll(/\S+(?: \S+)*/g)].map(({ index, 0: title }) => ({ index, title }))
  const line = lines.find(one => one.startsWith(`${name} `)) ?? ''
  return Object.fromEntries(
    starts.map(({ index, title }, at) => [title, line.slice(index, starts[at + 1]?.index).trim()]),
  )
}

/** Command lines in order, each with what it prints; a leading `!` means that it fails. */
const lines: [line: string, prints: string | RegExp][] = [
  [
    `service create k1 --image ${image} --env VERSION=one --revision-name k1-v1`,
    `Service 'k1' created to latest revision 'k1-v1' is available at URL:`,
  ],
  [`!service create k1 --image ${image}`, 'already exists and no --force option was given'],
  [
    'service update k1 --env VERSION=two --revision-name k1-v2 --tag k1-v1=old --tag @latest=beta',
    `updated to latest revision 'k1-v2'`,
  ],
  [
    'service update k1 --traffic k1-v1=80 --traffic @latest=20',
    `with latest revision 'k1-v2' (unchanged) is available`,
  ],
  ['service describe k1', /20% {2}@latest \(k1-v2\) #beta \[2\][\s\S]*80% {2}k1-v1 #old \[1\][\s\S]*\+\+ RoutesReady/],
  ['service describe k1 -v', 'Cluster:      http://k1.default.svc.cluster.local'],
  ['service describe k1 -o url', /^http:\/\/k1\.default\.localhost:\d+\n$/],
  ['revision describe k1-v1', /Image: +dev\.local\/probe\/echo \(pinned to [0-9a-f]{6}\)/],
  ['route list', /k1 +http:\/\/k1\.default\.localhost:\d+ +True/],
  ['route describe k1', /80% {2}k1-v1 #old\n {8}URL: {2}http:\/\/old-k1\.default\.localhost/],
  ['service update k1 --untag beta --traffic @latest=100 --traffic k1-v1=0', `(unchanged) is available`],
  ['service update k1 --scale-min 1 --concurrency-limit 5 --revision-name k1-v3', `updated to latest revision 'k1-v3'`],
  [`service create k1 --force --image ${image}`, `Service 'k1' replaced to latest revision 'k1-00004'`],
  ['!service update nobody --env A=b', 'not found'],
  ['!service update k1 --traffic k1-v3=120', /Error: .*(expected|sum)/],
  [
    '!service create nope --image test/nothere --wait-timeout 20',
    'RevisionMissing: Configuration "nope" does not have any ready Revision.',
  ],
  ['service describe nope', /! {2}nope-00001 \(latest created\) \[1\][\s\S]*Error: {2}ImageNotFound/],
  ['service delete nope --wait', `Service 'nope' successfully deleted in namespace 'default'.`],
  [`service apply k2 --image ${image}`, `Service 'k2' created to latest revision 'k2-00001'`],
  [`service apply k2 --image ${image}`, `No changes to apply to service 'k2'.`],
  [`service apply k2 --image ${image} --env A=b`, `Service 'k2' applied to latest revision 'k2-00002'`],
  ['service wait k2', `Service 'k2' in namespace 'default' is ready.`],
  ['revision delete k2-00001', `Revision 'k2-00001' deleted`],
  ['service export k2 -o yaml', 'kind: Service'],
  ['service export k1 --with-revisions --mode=replay -o yaml', /kind: List|items:/],
  ['domain create shop.example.org --ref ksvc:k1', `Domain mapping 'shop.example.org' created`],
  ['domain list', /shop\.example\.org +http:\/\/shop\.example\.org\S* +True +k1/],
  ['domain update shop.example.org --ref ksvc:k2', 'updated'],
  ['domain describe shop.example.org', 'Kind:        Service'],
  ['domain delete shop.example.org', 'deleted'],
  ['broker create b1', `Broker 'b1' successfully created`],
  ['broker list', /b1 +http:\/\/broker-ingress\.knative-eventing\.svc\.cluster\.local\/default\/b1/],
  ['broker describe b1', '++ Ready'],
  ['broker update b1 --dl-sink ksvc:k1', 'updated'],
  ['trigger create t1 --broker b1 --filter type=x --sink ksvc:k1', `Trigger 't1' successfully created`],
  ['trigger list', /t1 +b1 +ksvc:k1/],
  ['trigger describe t1', /Filter: +\n +type: +x/],
  ['trigger update t1 --filter type=y', 'updated'],
  ['trigger delete t1', 'deleted'],
  ['source list-types', 'PingSource'],
  ['source ping create p1 --schedule @daily --data hi --sink ksvc:k1', 'created'],
  ['source ping list', /p1 +@daily +ksvc:k1/],
  ['source list', /p1 +PingSource/],
  ['source ping describe p1', 'Schedule:     @daily'],
  ['source ping update p1 --data x', 'updated'],
  ['source ping delete p1', 'deleted'],
  ['source apiserver create a1 --resource Event:v1 --service-account default --sink ksvc:k1', 'created'],
  ['source apiserver describe a1', 'ServiceAccountName:  default'],
  ['source apiserver delete a1', 'deleted'],
  ['source binding create sb1 --subject Service:serving.knative.dev/v1:k2 --sink ksvc:k1', 'created'],
  ['source binding list', 'Service:serving.knative.dev/v1:k2'],
  ['source binding delete sb1', 'deleted'],
  ['channel list-types', 'InMemoryChannel'],
  ['channel create c1', `Channel 'c1' created`],
  ['channel list', /c1 +InMemoryChannel/],
  ['channel describe c1', 'Type:         InMemoryChannel (messaging.knative.dev/v1)'],
  ['subscription create s1 --channel c1 --sink ksvc:k1', `Subscription 's1' created`],
  ['subscription list', /s1 +Channel:c1 +ksvc:k1/],
  ['subscription describe s1', 'Channel:c1'],
  ['subscription delete s1', 'deleted'],
  ['channel delete c1', 'deleted'],
  ['eventtype create e1 --type x --broker b1', 'successfully created'],
  ['eventtype list', /e1 +x/],
  ['eventtype describe e1', /Kind: +Broker/],
  ['eventtype delete e1', 'deleted'],
  ['secret create x1 --from-literal a=b', `Secret 'x1' created`],
  ['secret list', /x1 +Opaque/],
  ['secret delete x1', ''],
  ['broker delete b1 --wait', `Broker 'b1' successfully deleted`],
]

describe.skipIf(!hasKn)('kn', () => {
  it.for(lines)('%s', { timeout: 60_000 }, async ([line, prints]) => {
    const fails = line.startsWith('!')
    const { code, out, err } = await kn(...line.replace('!', '').split(' '))
    expect([code, fails ? '' : err.replace(/^Warning:.*\n/gm, '')]).toEqual([fails ? 1 : 0, ''])
    if (prints instanceof RegExp) expect(out + err).toMatch(prints)
    else expect(out + err).toContain(prints)
  })

  it('prints the columns of services and revisions', async () => {
    const list = row((await kn('service', 'list')).out, 'k2')
    expect(list).toMatchObject({
      NAME: 'k2',
      LATEST: expect.stringMatching(/^k2-/),
      CONDITIONS: '3 OK / 3',
      READY: 'True',
      REASON: '',
    })
    const revisions = row((await kn('revision', 'list', '-s', 'k1')).out, 'k1-00004')
    expect(revisions).toMatchObject({ SERVICE: 'k1', TRAFFIC: '100%', GENERATION: '4', CONDITIONS: '4 OK / 4' })
    expect((await kn('service', 'list', '-A')).out).toMatch(/^NAMESPACE +NAME/)
  })

  it('imports what it exported', async () => {
    const file = join(folder, 'exported.yaml')
    await kn('service', 'create', 'k3', '--image', image)
    writeFileSync(file, (await kn('service', 'export', 'k3', '--with-revisions', '--mode=export', '-o', 'yaml')).out)
    expect(readFileSync(file, 'utf8')).toContain('kind: Export')
    await kn('service', 'delete', 'k3', '--wait')
    const { code, out, err } = await kn('service', 'import', file)
    expect([code, out + err]).toEqual([0, expect.stringContaining(`Service 'k3' imported`)])
  })

  it('deletes everything and waits until it is gone', async () => {
    expect((await kn('service', 'delete', '--all', '--wait')).code).toBe(0)
    const items = await eventually(
      async () => (await world.get(services)) as Obj & { items?: Obj[] },
      list => list.items?.length === 0,
    )
    expect(items.items).toEqual([])
  })
})

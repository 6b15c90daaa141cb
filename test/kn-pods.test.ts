// Pods as kubectl shows them: logs, commands inside, usage, deletion and events, and volumes as real folders.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canMount } from '../local/runner/volumes/mounts.ts'
import { podsOf, type ServingWorld, servingWorld } from './acceptance/serving-world.ts'
import { eventually } from './acceptance/skiff.ts'

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0
const host = 'pods.default.localhost'

let world: ServingWorld
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skiff-pods-'))
  world = await servingWorld()
  await world.service('pods', { annotations: { 'min-scale': '1' } })
  await world.seen(host)
})

afterAll(async () => {
  await world?.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Ran {
  code: number
  out: string
  err: string
}

function kubectl(
  words: readonly string[],
  { input = '', env = {} }: { input?: string; env?: object } = {},
): Promise<Ran> {
  const variables = { ...process.env, HOME: folder, KUBECONFIG: join(world.stateDir, 'kubeconfig'), ...env }
  const child = spawn('kubectl', words, { env: variables })
  const ran: Ran = { code: 0, out: '', err: '' }
  child.stdout.on('data', data => {
    ran.out += data
  })
  child.stderr.on('data', data => {
    ran.err += data
  })
  child.stdin.end(input)
  return new Promise(resolve => child.once('close', code => resolve({ ...ran, code: code ?? -1 })))
}

async function podNames(): Promise<string[]> {
  const { items = [] } = await world
    .get(podsOf('pods'))
    .then(list => list as unknown as { items: { metadata: { name: string } }[] })
  return items.map(one => one.metadata.name)
}

async function pod(): Promise<string> {
  const [name = ''] = await podNames()
  return name
}

describe.runIf(hasKubectl)('a pod', () => {
  const transports: [name: string, env: object][] = [
    ['WebSocket', { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'true' }],
    ['SPDY', { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false' }],
  ]
  it.each(transports)('runs a command in its surroundings over %s', async (_, env) => {
    const script = 'echo $K_SERVICE; cat; echo err >&2; exit 7'
    const ran = await kubectl(['exec', '-i', await pod(), '--', 'sh', '-c', script], { input: 'typed', env })
    expect(ran).toMatchObject({ code: 7, out: 'pods\ntyped' })
    expect(ran.err).toContain('err\n')
  })

  it('says what cannot be run, and what to do instead of forwarding a port', async () => {
    expect(await kubectl(['exec', await pod(), '--', 'no-such-program'])).toMatchObject({
      ...{ code: 127, err: expect.stringContaining('executable file not found in $PATH') },
    })
    const forward = await kubectl(['port-forward', await pod(), '0:80'])
    expect(forward).toMatchObject({ code: 1, err: expect.stringContaining('call the service by its URL') })
  })

  it('shows what it uses, and the machine too', async () => {
    expect((await kubectl(['top', 'pods', '--no-headers'])).out).toMatch(/^pods-\S+ +\d+m +\d+Mi/)
    expect((await kubectl(['top', 'nodes', '--no-headers'])).out).toMatch(/^\S+ +\d+m/)
  })

  it('is shown with its queue-proxy, which has nothing to look into', async () => {
    expect((await kubectl(['get', 'pod', await pod(), '--no-headers'])).out).toMatch(/^pods-\S+ +2\/2 +Running +0 /)
    const said = await kubectl(['logs', await pod(), '-c', 'queue-proxy'])
    expect(said).toMatchObject({ code: 0, out: expect.stringContaining('a part of the runtime') })
    const ran = await kubectl(['exec', await pod(), '-c', 'queue-proxy', '--', 'ls'])
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('nothing can be run in it') })
  })

  it('is counted in the EndpointSlice of its revision’s private Service', async () => {
    const ready = ['-o', 'jsonpath={.items[*].endpoints[*].conditions.ready}']
    const of = ['get', 'endpointslices', '-l', 'kubernetes.io/service-name=pods-00001-private']
    expect((await kubectl([...of, ...ready])).out).toBe('true')
    expect((await kubectl([...of, '--no-headers'])).out).toMatch(/^pods-00001-private-\S+ +IPv4 +8012,/)
  })

  it('its logs may begin later, carry times, and reach back before the last start', async () => {
    const marked = await kubectl(['exec', await pod(), '--', 'sh', '-c', 'echo $PPID'])
    expect(marked.code).toBe(0)
    const before = await podNames()
    expect((await world.at(host, '/die', { method: 'POST' })).status).toBe(503)
    await eventually(
      async () => (await world.seen(host)).instance,
      instance => instance !== '',
    )
    expect(await podNames()).toEqual(before)
    expect(await kubectl(['logs', await pod(), '--previous'])).toMatchObject({ code: 0 })
    const stamped = (await kubectl(['logs', await pod(), '--timestamps'])).out.split('\n').filter(Boolean)
    for (const line of stamped) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /)
    expect(await kubectl(['logs', await pod(), '-c', 'nobody'])).toMatchObject({ code: 1 })
    expect((await kubectl(['logs', '-l', 'serving.knative.dev/service=pods', '--since=1h'])).code).toBe(0)
  })

  it('that is deleted is replaced, and nobody who asks meanwhile notices', async () => {
    const gone = await pod()
    const asking = Array.from({ length: 20 }, () => world.at(host, '/?ms=200'))
    expect((await kubectl(['delete', 'pod', gone])).out).toContain(`pod "${gone}" deleted`)
    for (const { status } of await Promise.all(asking)) expect(status).toBe(200)
    await eventually(podNames, names => names.length === 1 && !names.includes(gone))
    expect((await world.at(host)).status).toBe(200)
  })

  it('its story is told', async () => {
    const events = async (...words: string[]) =>
      (await kubectl(['get', 'events', '-o', 'custom-columns=R:.reason,K:.involvedObject.kind,M:.message', ...words]))
        .out
    const told = await eventually(events, text => text.includes('Killing'))
    for (const line of [
      /Created +Service +Created Configuration "pods"/,
      /RevisionReady +Revision/,
      /Started +Pod/,
      /Killing +Pod/,
    ])
      expect(told).toMatch(line)
    expect((await kubectl(['describe', 'ksvc', 'pods'])).out).toMatch(/Events:[\s\S]*Created Route "pods"/)
  })
})

describe.runIf(canMount())('volumes', () => {
  const mounts = [
    { name: 'settings', mountPath: '/etc/skiff-settings', readOnly: true },
    { name: 'scratch', mountPath: '/skiff-scratch' },
  ]
  const volumes = [
    { name: 'settings', configMap: { name: 'settings' } },
    { name: 'scratch', emptyDir: {} },
  ]

  it('are there for a function and for a command in it', async () => {
    const data = { 'app.yaml': 'colour: blue' }
    await world.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'default' },
      data,
    })
    await world.service('mounted', {
      annotations: { 'min-scale': '1' },
      container: { volumeMounts: mounts },
      spec: { volumes },
    })
    expect((await world.at('mounted.default.localhost', '/env')).status).toBe(200)
    const { items = [] } = (await world.get(podsOf('mounted'))) as unknown as {
      items: { metadata: { name: string } }[]
    }
    const name = items[0]?.metadata.name ?? ''
    if (!hasKubectl) return
    const script = 'cat /etc/skiff-settings/app.yaml; echo kept > /skiff-scratch/x; cat /skiff-scratch/x'
    expect((await kubectl(['exec', name, '--', 'sh', '-c', script])).out).toBe('colour: bluekept\n')
  })

  it('that need a ConfigMap nobody made keep the revision from getting ready, in words', async () => {
    const container = { volumeMounts: [{ name: 'x', mountPath: '/x', readOnly: true }] }
    const spec = { volumes: [{ name: 'x', configMap: { name: 'nobody' } }] }
    await expect(world.service('unmounted', { container, spec })).rejects.toThrow('configmap \\"nobody\\" not found')
  })
})

// How soon a service that is created is Ready, and how soon traffic that is moved goes where it should.
import { rmSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { call, helloProject, pause, startWorld, type World } from '../world.ts'
import { atMost, type Bench } from './bench.ts'
import { median, milliseconds, percentile } from './stats.ts'

const rounds = 30
const services = '/apis/serving.knative.dev/v1/namespaces/default/services'
const host = 'hello-0.default.localhost'

export const rollout: Bench = {
  name: 'rollout',
  async run(progress) {
    const project = helloProject(1, { 'autoscaling.knative.dev/initial-scale': '1' })
    const world = await startWorld({ project })
    const created = await creations(world, progress)
    const moved = await moves(world, progress)
    await world.stop()
    rmSync(project, { recursive: true })
    return [
      atMost('service create to Ready, one instance, p50', median(created), 300, milliseconds),
      atMost('service create to Ready, one instance, p99', percentile(created, 0.99), 300, milliseconds),
      atMost('traffic moved: answer to first request on the other revision, p50', median(moved), 50, milliseconds),
      atMost(
        'traffic moved: answer to first request on the other revision, p99',
        percentile(moved, 0.99),
        50,
        milliseconds,
      ),
    ]
  },
}

async function creations(world: World, progress: (step: string) => void): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    progress(`service ${round + 1} of ${rounds}`)
    const name = `made-${round}`
    const template = { spec: { containers: [{ image: 'dev.local/hello/hello' }] } }
    const startedAt = performance.now()
    const service = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name }, spec: { template } }
    await api(world, 'POST', services, service)
    await until(world, name)
    times.push(performance.now() - startedAt)
    await api(world, 'DELETE', `${services}/${name}`)
    await pause(300)
  }
  return times.slice(3)
}

/** Traffic goes from one revision to the other and back; each answers with its own text. */
async function moves(world: World, progress: (step: string) => void): Promise<number[]> {
  const containers = [{ image: 'dev.local/hello/hello', env: [{ name: 'ROUND', value: 'two' }] }]
  const kept = { metadata: { annotations: { 'autoscaling.knative.dev/min-scale': '1' } } }
  const targets = ['hello-0-00001', 'hello-0-00002']
  await api(world, 'PATCH', `${services}/hello-0`, { spec: { template: { ...kept, spec: { containers } } } })
  await until(world, 'hello-0')
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    progress(`move ${round + 1} of ${rounds}`)
    const revisionName = targets[round % 2]
    await api(world, 'PATCH', `${services}/hello-0`, { spec: { traffic: [{ revisionName, percent: 100 }] } })
    const answeredAt = performance.now()
    while ((await revisionOf(world)) !== revisionName);
    times.push(performance.now() - answeredAt)
    await pause(100)
  }
  return times.slice(4)
}

async function revisionOf(world: World): Promise<string> {
  return (await call(world.port, host, '/revision')).body
}

/** Resolves when the service is Ready at its newest generation. */
async function until(world: World, name: string): Promise<void> {
  for (;;) {
    const { metadata, status } = await api(world, 'GET', `${services}/${name}`)
    const ready = status?.conditions?.find(one => one.type === 'Ready')?.status
    if (status?.observedGeneration === metadata.generation && ready === 'True') return
    await pause(2)
  }
}

interface Service {
  metadata: { generation: number }
  status?: { observedGeneration?: number; conditions?: { type: string; status: string }[] }
}

function api(world: World, method: string, path: string, body?: unknown): Promise<Service> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const options = { socketPath: join(world.stateDir, 'api.sock'), method, path, headers: { 'content-type': type } }
  return new Promise((resolve, reject) => {
    const sent = request(options, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.once('end', () => resolve(JSON.parse(text)))
    })
    sent.once('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })
}

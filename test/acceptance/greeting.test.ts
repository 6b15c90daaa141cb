// The greeting system, row by row, over HTTP: on the local runtime and on clusters.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { MeshCall } from '../../load/mesh-client.ts'
import { projectDir } from '../../load/world.ts'
import { type Plane, soonAsleep, startPlane } from './plane.ts'
import { eventually } from './skiff.ts'

const api = 'api.dev.example-api.com'
const ui = 'ui.dev.example-api.com'
const broker = 'http://broker-ingress.knative-eventing.svc.cluster.local/greeting/greetings'
const names = ['service-a', 'service-b', 'service-c', 'service-d', 'service-e', 'service-f', 'service-g', 'service-h']

interface Greeting {
  id: string
  service: string
  message: string
  created: string
  hostname?: string
}

interface List<T> {
  items: T[]
}

interface Pod {
  metadata: { name: string; labels: Record<string, string> }
  status: { containerStatuses?: { restartCount: number }[] }
}

let plane: Plane
let mesh: MeshCall
const g: Plane['ask'] = (...request) => plane.ask(...request)
const greetings = async (path = '/api/greeting') =>
  (JSON.parse((await g(api, path)).body) as { greeting: Greeting[] }).greeting
const logs = (service: string) => plane.logs(service, 'greeting')
const stored = async (service: string, collection: string) => {
  const answer = await mesh(`http://${service}.greeting.svc.cluster.local/api/${collection}?limit=1000`)
  return JSON.parse(answer.body) as Greeting[]
}
const podsOf = (service: string) =>
  plane.get<List<Pod>>('pods', '-n', 'greeting', '-l', `serving.knative.dev/service=${service}`)

/** The name of the newest revision of a service. */
const latest = async (service: string) => {
  const { status } = await plane.get<{ status: { latestReadyRevisionName: string } }>('ksvc', service, '-n', 'greeting')
  return status.latestReadyRevisionName
}

beforeAll(async () => {
  plane = await startPlane('greeting')
  mesh = await plane.caller('greeting')
})
afterAll(() => plane?.stop())

describe('the edge', () => {
  it('KNI-23 answers the first request while everything is at zero', async () => {
    expect(await greetings()).toHaveLength(7)
  })

  it('OBS-01, OBS-02, OBS-03 greets seven times in the documented order, never from F', async () => {
    const services = (await greetings()).map(one => one.service)
    expect(services).toEqual(['D', 'G', 'H', 'E', 'B', 'C', 'A'].map(letter => `Service-${letter}`))
  })

  it('OBS-04 says each service’s own words', async () => {
    expect((await greetings()).map(one => one.message)).toEqual([
      'Shalom, from Service-D!',
      'Ahlan, from Service-G!',
      'Ciao, from Service-H!',
      'Bonjour, de Service-E!',
      'Namaste, from Service-B!',
      'Konnichiwa, from Service-C!',
      'Hello, from Service-A!',
    ])
  })

  it('OBS-05 has exactly four keys in order', async () => {
    for (const one of await greetings()) expect(Object.keys(one)).toEqual(['id', 'service', 'message', 'created'])
  })

  it('OBS-06 gives seven distinct ids of version 4', async () => {
    const ids = (await greetings()).map(one => one.id)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/)
    expect(new Set(ids).size).toBe(7)
  })

  it('OBS-07 dates them in UTC, non-decreasing along the list', async () => {
    const created = (await greetings()).map(one => one.created)
    for (const one of created) expect(one).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/)
    expect(created.map(Date.parse)).toEqual(created.map(Date.parse).toSorted((a, b) => a - b))
  })

  it('OBS-39 names the pods that greeted when the variant of 2021 is asked for', async () => {
    const pods = (await plane.get<List<Pod>>('pods', '-n', 'greeting')).items.map(({ metadata }) => metadata.name)
    const hostnames = (await greetings('/api/greeting?v=2021')).map(one => one.hostname ?? 'none')
    expect(new Set(hostnames).size).toBe(7)
    expect(pods).toEqual(expect.arrayContaining(hostnames))
  })

  it('OBS-08 answers the alias, too', async () => {
    expect((await g(api, '/api/v1/greeting')).status).toBe(200)
  })

  it('OBS-09, OBS-15 answers the bare array at /api/ping as JSON in UTF-8', async () => {
    const answer = await g(api, '/api/ping')
    expect(JSON.parse(answer.body)).toHaveLength(7)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  })

  it('OBS-10 is alive', async () => expect((await g(api, '/api/health')).body).toBe('{"alive": true}'))

  it.each([200, 404, 418, 503])('OBS-11 echoes status %d', async code => {
    expect((await g(api, `/api/status/${code}`)).status).toBe(code)
  })

  it('OBS-12 refuses a status that is no number', async () =>
    expect((await g(api, '/api/status/abc')).status).toBe(400))

  it('OBS-13 exposes metrics', async () => {
    expect((await g(api, '/api/metrics')).body.match(/^# TYPE/gm)?.length).toBeGreaterThan(0)
  })

  it('OBS-14 has nothing at the root', async () => expect((await g(api, '/')).status).toBe(404))

  it('OBS-16 lets a preflight pass', async () => {
    const headers = {
      origin: `http://${ui}`,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'content-type',
    }
    const answer = await g(api, '/api/greeting', { method: 'OPTIONS', headers })
    expect([200, 204]).toContain(answer.status)
    expect(answer.headers['access-control-allow-origin']).toBeTruthy()
    expect(answer.headers['access-control-allow-credentials']).toBe('true')
    expect(answer.headers['access-control-allow-methods']).toContain('GET')
  })

  it('OBS-17 echoes the request as text', async () => {
    const answer = await g(api, '/api/request-echo', { method: 'POST', body: 'hi' })
    expect(answer.headers['content-type']).toMatch(/^text\/plain/)
    expect(answer.body).toMatch(/^POST \/api\/request-echo HTTP\/1\.1\r?\n/)
    expect(answer.body).toMatch(/hi$/)
  })

  it('OBS-33 knows the test hosts not at all', async () => {
    expect((await g('api.test.example-api.com', '/api/greeting')).status).toBe(404)
  })

  it('OBS-34 serves the page', async () => expect((await g(ui, '/')).body).toContain('API URL'))

  it('KNI-08, KNI-09 says which service and revision answered, whatever the client claims', async () => {
    const answer = await g(api, '/api/greeting', { headers: { 'x-revision': 'forged', 'x-service': 'forged' } })
    expect(answer.headers).toMatchObject({ 'x-service': 'gateway', 'x-revision': await latest('gateway') })
  })

  it('IBM-21 keeps the internal services inside', async () => {
    expect((await g('service-a.greeting.localhost', '/api/ping')).status).toBe(404)
    expect((await mesh('http://service-a.greeting/api/ping')).status).toBe(200)
    expect((await mesh('http://service-a/api/ping')).status).toBe(404)
  })
})

describe('what travels along', () => {
  it('OBS-18 trace headers reach the third hop', async () => {
    const trace = 'aaaabbbbccccdddd1111222233334444'
    await g(api, '/api/greeting', {
      headers: { 'x-b3-traceid': trace, 'x-b3-spanid': '1111222233334444', 'x-request-id': 't-1' },
    })
    await eventually(
      () => logs('service-h'),
      text => text.includes(trace),
    )
  })

  it('OBS-36 log lines have the documented keys', async () => {
    const lines = (await logs('service-a')).split('\n').filter(line => line.includes('"greeting"'))
    expect(Object.keys(JSON.parse(lines[0] ?? '{}'))).toEqual(
      expect.arrayContaining(['function', 'level', 'line', 'msg', 'time', 'service', 'revision']),
    )
  })
})

describe('what is kept', () => {
  it('OBS-22 C, G and H keep one greeting each a call', async () => {
    const before = await Promise.all(['c', 'g', 'h'].map(letter => stored(`service-${letter}`, 'greetings')))
    const answered = await greetings()
    for (const [index, letter] of ['c', 'g', 'h'].entries()) {
      const own = answered.find(one => one.service === `Service-${letter.toUpperCase()}`)
      const after = await eventually(
        () => stored(`service-${letter}`, 'greetings'),
        all => all.length > (before[index]?.length ?? 0),
      )
      expect(after.filter(one => one.id === own?.id)).toHaveLength(1)
    }
  })

  it('OBS-23 F stores what D published: the same id', async () => {
    const own = (await greetings()).find(one => one.service === 'Service-D')
    const found = await eventually(
      () => stored('service-f', 'messages'),
      all => all.some(one => one.id === own?.id),
    )
    expect(found.find(one => one.id === own?.id)).toMatchObject({
      service: 'Service-D',
      message: 'Shalom, from Service-D!',
    })
  })

  it('OBS-26 the same event twice is one document', async () => {
    const id = crypto.randomUUID()
    const event = { id, service: 'Service-D', message: 'Shalom, from Service-D!', created: '2026-01-01T00:00:00Z' }
    for (let turn = 0; turn < 2; turn++) {
      const headers = {
        'ce-specversion': '1.0',
        'ce-id': id,
        'ce-source': 'service-d',
        'ce-type': 'com.example.greeting.v1',
        'content-type': 'application/json',
      }
      const answer = await mesh('http://service-f.greeting/events', {
        method: 'POST',
        headers,
        body: JSON.stringify(event),
      })
      expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: '' })
    }
    expect((await stored('service-f', 'messages')).filter(one => one.id === id)).toHaveLength(1)
  })

  it('OBS-27 a poison event goes to the dead-letter sink once', async () => {
    const id = `poison-${crypto.randomUUID()}`
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-source': 'test',
      'ce-type': 'com.example.greeting.v1',
      'content-type': 'application/json',
    }
    expect((await mesh(broker, { method: 'POST', headers, body: '{"broken' })).status).toBe(202)
    const text = await eventually(
      () => logs('event-display'),
      shown => shown.includes(id),
    )
    const shown = text.split('\n').filter(line => line.includes(id))
    expect(shown).toHaveLength(1)
    expect(shown[0]).toContain('knativeerrorcode')
  })

  it('OBS-25 D’s event is a CloudEvent with the greeting’s id', async () => {
    const exercise = 'eventing/greeting/exercises/trigger-event-display.yaml'
    await plane.apply(exercise)
    const own = await eventually(
      async () => (await greetings()).find(one => one.service === 'Service-D')?.id ?? '',
      id => id !== '',
    )
    const line = await eventually(
      async () => {
        await greetings()
        return (
          (await logs('event-display'))
            .split('\n')
            .find(one => one.includes('com.example.greeting.v1') && one.includes('service-d')) ?? ''
        )
      },
      found => found !== '',
    )
    expect(own).toMatch(/^[0-9a-f-]{36}$/)
    expect(line).toContain('application/json')
    await plane.remove(exercise)
  })
})

describe('what is there', () => {
  interface Conditioned {
    metadata: { name: string }
    spec: { filter?: { attributes?: Record<string, string> } }
    status: { conditions: { type: string; status: string }[] }
  }
  const ready = (one: Conditioned) =>
    one.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True')

  it('OBS-24 broker and trigger are ready, the trigger filters by type', async () => {
    const triggers = await plane.get<List<Conditioned>>('triggers', '-n', 'greeting')
    const trigger = triggers.items.find(one => one.metadata.name === 'service-f')
    expect(trigger?.spec.filter?.attributes).toEqual({ type: 'com.example.greeting.v1' })
    const brokers = await plane.get<List<Conditioned>>('brokers', '-n', 'greeting')
    expect([...triggers.items, ...brokers.items].every(ready)).toBe(true)
  })

  it('OBS-29 all services and the page are Knative Services and ready', async () => {
    const services = await plane.get<List<Conditioned>>('ksvc', '-n', 'greeting')
    const wanted = [...names, 'gateway', 'ui', 'event-display'].toSorted()
    expect(services.items.filter(ready).map(one => one.metadata.name)).toEqual(wanted)
  })

  it('OBS-32 the hosts are mapped and ready', async () => {
    const domains = await plane.get<List<Conditioned>>('domainmappings', '-n', 'greeting')
    expect(domains.items.filter(ready).map(one => one.metadata.name)).toEqual(expect.arrayContaining([api, ui]))
  })
})

describe('under load', () => {
  it('OBS-40 every one of 2,000 answers, 50 in parallel, holds seven distinct services', async () => {
    let left = 2_000
    const wrong: string[] = []
    const worker = async () => {
      while (left-- > 0) {
        const answer = await g(api, '/api/greeting')
        const services =
          answer.status === 200
            ? (JSON.parse(answer.body) as { greeting: Greeting[] }).greeting.map(one => one.service)
            : []
        if (services.length !== 7 || new Set(services).size !== 7) wrong.push(`${answer.status} ${answer.body}`)
      }
    }
    await Promise.all(Array.from({ length: 50 }, worker))
    expect(wrong).toEqual([])
  })
})

describe('changing what runs', () => {
  interface Manifest {
    metadata: { name: string }
    spec: {
      template: {
        metadata: Record<string, unknown>
        spec: { containers: { env?: { name: string; value: string }[] }[] }
      }
      traffic?: unknown
    }
  }
  const manifest = (name: string) =>
    parse(readFileSync(join(projectDir, `knative/greeting/${name}.yaml`), 'utf8')) as Manifest
  const withEnv = (name: string, env: Record<string, string>) => {
    const object = manifest(name)
    for (const container of object.spec.template.spec.containers) {
      container.env = [...(container.env ?? []), ...Object.entries(env).map(([key, value]) => ({ name: key, value }))]
    }
    return object
  }

  it('OBS-37, OBS-38 a new environment is a new revision with new words and debug lines', async () => {
    await plane.apply(withEnv('service-a', { GREETING: 'Howdy, from Service A! (你好)', LOG_LEVEL: 'debug' }))
    const own = await eventually(
      async () => (await greetings()).at(-1)?.message ?? '',
      text => text.startsWith('Howdy'),
    )
    expect(own).toBe('Howdy, from Service A! (你好)')
    const text = await eventually(
      () => logs('service-a'),
      shown => shown.includes('"level":"debug"'),
    )
    expect(text).toMatch(/service-a-0000[2-9]/)
    await plane.apply(manifest('service-a'))
  })

  it('OBS-51 a canary of B takes its tenth', async () => {
    const stable = await latest('service-b')
    const template = withEnv('service-b', { GREETING: 'Namaste, from the canary!' })
    const traffic = [
      { revisionName: stable, percent: 90, tag: 'v1' },
      { latestRevision: true, percent: 10, tag: 'v2' },
    ]
    await plane.apply({ ...template, spec: { ...template.spec, traffic } })
    await eventually(
      async () => (await mesh('http://v2-service-b.greeting/api/ping')).status,
      status => status === 200,
    )
    let canary = 0
    for (let call = 0; call < 1_000; call++) {
      const answer = await mesh('http://service-b.greeting/api/health')
      if (answer.headers['x-revision'] !== stable) canary++
    }
    const sigma = Math.sqrt(1_000 * 0.1 * 0.9)
    expect(Math.abs(canary - 100)).toBeLessThan(5 * sigma)
    await plane.apply(manifest('service-b'))
  })

  it('OBS-49 an upstream that is gone costs one greeting and says so, and nobody crashes', async () => {
    await plane.remove('knative/greeting/service-h.yaml')
    const partial = await eventually(
      () => g(api, '/api/greeting'),
      answer => answer.headers['x-partial'] === 'true',
    )
    expect(partial.status).toBe(200)
    expect((JSON.parse(partial.body) as { greeting: Greeting[] }).greeting).toHaveLength(6)
    await plane.apply(manifest('service-h'))
    await eventually(
      () => g(api, '/api/greeting'),
      answer => answer.headers['x-partial'] === undefined && answer.status === 200,
    )
    const pods = await plane.get<List<Pod>>('pods', '-n', 'greeting')
    expect(pods.items.flatMap(pod => pod.status.containerStatuses ?? []).every(one => one.restartCount === 0)).toBe(
      true,
    )
  })

  it('OBS-50 without the broker the answer is the same, and the failure is logged', async () => {
    await plane.remove('eventing/greeting/broker.yaml')
    expect(await greetings()).toHaveLength(7)
    await eventually(
      () => logs('service-d'),
      text => text.includes('"level":"error"'),
    )
    await plane.apply('eventing/greeting/broker.yaml')
  })

  it('OBS-28, OBS-30, OBS-31 everything sleeps, wakes on demand, and F wakes on an event', async () => {
    await plane.configure('config-autoscaler', soonAsleep)
    const running = async () => (await plane.get<List<Pod>>('pods', '-n', 'greeting')).items.length
    await eventually(running, count => count === 0, 40)
    expect(await greetings()).toHaveLength(7)
    await eventually(
      async () => (await podsOf('service-f')).items.length,
      count => count === 1,
    )
    await eventually(running, count => count === 0, 40)
  })
})

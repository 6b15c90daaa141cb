// What a real cluster's webhooks answered to flawed objects, asked again over HTTP as kubectl asks (strict, dry run).
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { api, call, runApi } from './api-under-test.ts'

runApi()

/** Answers by flaw. */
function goldenOf(file: string): Map<string, string> {
  const text = readFileSync(new URL(`../../test/golden/${file}`, import.meta.url), 'utf8')
  const parts = text.split(/^## /m).slice(1)
  return new Map(
    parts.map(part => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).replace(/\n$/, '')]),
  )
}

const serving = goldenOf('validation.txt')
const eventing = goldenOf('validation-eventing.txt')

interface Draft {
  kind: string
  metadata: { name: string }
}

/** What kubectl prints of an answer: the name of what was created, the causes of what is invalid, else the message. */
async function printed(path: string, draft: Draft): Promise<string> {
  const url = `${path}?dryRun=All&fieldManager=kubectl-create&fieldValidation=Strict`
  const { code, body } = await call('POST', url, { body: draft })
  const group = path.split('/')[2]
  if (code === 201) return `${draft.kind.toLowerCase()}.${group}/${draft.metadata.name} created (server dry run)`
  if (body.reason !== 'Invalid') return body.message
  const causes = body.details.causes.map((one: { field: string; message: string }) => `${one.field}: ${one.message}`)
  return `The ${body.details.kind} "${body.details.name}" is invalid: ${causes.join('\n* ')}`
}

const image = 'image: dev.local/a/b'

/** A Service `v`; parts in YAML's short form. */
const service = (parts: {
  container?: string
  pod?: string
  template?: string
  spec?: string
  name?: string
}): Draft => {
  const { container = image, pod = `containers: [{${container}}]`, template = '', spec = '' } = parts
  return parse(`{apiVersion: serving.knative.dev/v1, kind: Service,
    metadata: {name: ${parts.name ?? 'v'}},
    spec: {template: {${template && `metadata: {${template}}, `}spec: {${pod}}}${spec && `, ${spec}`}}}`)
}
const traffic = (...targets: string[]) => service({ spec: `traffic: [${targets.map(one => `{${one}}`).join(', ')}]` })
const scaling = (name: string, value: string) =>
  service({ template: `annotations: {autoscaling.knative.dev/${name}: "${value}"}` })

describe('Knative Serving answers as on a cluster', () => {
  it.each<[string, Draft]>([
    ['ok', service({})],
    ['no container', service({ pod: 'containers: null' })],
    ['no image', service({ container: 'name: a' })],
    ['percent sum 90', traffic('latestRevision: true, percent: 90')],
    ['latest + revisionName', traffic('latestRevision: true, revisionName: v-1, percent: 100')],
    ['no target', traffic('percent: 100')],
    ['configurationName', traffic('configurationName: v, percent: 100')],
    [
      'duplicate tag',
      traffic('tag: a, latestRevision: true, percent: 50', 'tag: a, latestRevision: true, percent: 50'),
    ],
    ['bad tag', traffic('tag: A_B, latestRevision: true, percent: 100')],
    ['url in traffic', traffic('url: "http://x", latestRevision: true, percent: 100')],
    ['percent -1', traffic('latestRevision: true, percent: -1', 'latestRevision: true, percent: 101')],
    ['template name without prefix', service({ template: 'name: other' })],
    ['template name prefix ok', service({ template: 'name: v-one' })],
    ['two containers no port', service({ pod: `containers: [{name: a, ${image}}, {name: b, ${image}}]` })],
    ['two ports', service({ container: `${image}, ports: [{containerPort: 80}, {containerPort: 81}]` })],
    ['port name', service({ container: `${image}, ports: [{name: http, containerPort: 80}]` })],
    ['hostPort', service({ container: `${image}, ports: [{containerPort: 80, hostPort: 80}]` })],
    ['reserved port 8012', service({ container: `${image}, ports: [{containerPort: 8012}]` })],
    ['reserved env PORT', service({ container: `${image}, env: [{name: PORT, value: "1"}, {name: K_SERVICE}]` })],
    ['concurrency -1', service({ pod: `containerConcurrency: -1, containers: [{${image}}]` })],
    ['concurrency 1001', service({ pod: `containerConcurrency: 1001, containers: [{${image}}]` })],
    ['timeout 700', service({ pod: `timeoutSeconds: 700, containers: [{${image}}]` })],
    [
      'min>max',
      service({
        template: 'annotations: {autoscaling.knative.dev/min-scale: "5", autoscaling.knative.dev/max-scale: "2"}',
      }),
    ],
    ['minscale x', scaling('min-scale', 'x')],
    ['window 3s', scaling('window', '3s')],
    ['class x', scaling('class', 'x')],
    ['metric x', scaling('metric', 'x')],
    ['initial-scale 0', scaling('initial-scale', '0')],
    ['lifecycle', service({ container: `${image}, lifecycle: {}` })],
    ['nodeSelector', service({ pod: `nodeSelector: {a: b}, containers: [{${image}}]` })],
    ['hostNetwork', service({ pod: `hostNetwork: true, containers: [{${image}}]` })],
    ['restartPolicy', service({ pod: `restartPolicy: Always, containers: [{${image}}]` })],
    ['replicas unknown field', service({ spec: 'replicas: 1' })],
    ['volume hostPath', service({ pod: `volumes: [{name: v, hostPath: {path: /}}], containers: [{${image}}]` })],
    ['bad image', service({ container: 'image: Bad Image' })],
    ['name 64+', service({ name: 'a'.repeat(64) })],
    ['upper', service({ name: 'Upper' })],
    ['digit first', service({ name: '1a' })],
    ['dot', service({ name: 'a.b' })],
    ['reserved label', service({ template: 'labels: {serving.knative.dev/x: true}' })],
  ])('%s', async (flaw, draft) => {
    const path = '/apis/serving.knative.dev/v1/namespaces/app/services'
    expect(await printed(path, draft)).toBe(serving.get(flaw))
    expect(api.logged).toEqual([])
  })

  it('scaling ann on service: where annotations of the autoscaler belong, they pass', async () => {
    const path = '/apis/serving.knative.dev/v1/namespaces/app/services'
    expect(await printed(path, scaling('min-scale', '1'))).toBe(serving.get('scaling ann on service'))
  })
})

const subscriber = 'subscriber: {ref: {apiVersion: v1, kind: Service, name: s}}'
const trigger = (spec: string): Draft =>
  parse(`{apiVersion: eventing.knative.dev/v1, kind: Trigger, metadata: {name: t}, spec: {${spec}}}`)

describe('Knative Eventing answers as on a cluster', () => {
  it.each<[string, string, Draft]>([
    [
      'broker class',
      'brokers',
      parse(`{apiVersion: eventing.knative.dev/v1, kind: Broker,
        metadata: {name: b, annotations: {eventing.knative.dev/broker.class: MTChannelBasedBroker}}}`),
    ],
    ['trigger without broker', 'triggers', trigger(subscriber)],
    ['trigger without subscriber', 'triggers', trigger('broker: default')],
    [
      'trigger bad filter attr',
      'triggers',
      trigger(`broker: default, ${subscriber}, filter: {attributes: {My-Attr: a}}`),
    ],
    ['trigger unknown field', 'triggers', trigger(`broker: default, ${subscriber}, foo: 1`)],
    [
      'trigger bad backoffDelay',
      'triggers',
      trigger(`broker: default, ${subscriber}, delivery: {retry: -1, backoffDelay: 5s, backoffPolicy: foo}`),
    ],
  ])('%s', async (flaw, plural, draft) => {
    const path = `/apis/eventing.knative.dev/v1/namespaces/app/${plural}`
    expect(await printed(path, draft)).toBe(eventing.get(flaw))
  })
})

it('every observed answer is asked for above', () => {
  const source = readFileSync(new URL(import.meta.url), 'utf8')
  const missing = [...serving.keys(), ...eventing.keys()].filter(flaw => !source.includes(`'${flaw}`))
  expect(missing).toEqual([])
})

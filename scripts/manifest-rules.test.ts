import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createRegistry } from '../local/api/registry.ts'
import { readManifests } from '../local/manifests/read.ts'
import { ruleFindings } from './manifest-rules.ts'

const service = (name: string, more = '') => `apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: ${name}, namespace: relay }
spec:
  template:
    spec:
      containers:
        - image: dev.local/relay/x
          readinessProbe: { httpGet: { path: /healthz } }
${more}`

const istio = (kind: string, name: string, spec: string) =>
  `apiVersion: networking.istio.io/v1\nkind: ${kind}\nmetadata: { name: ${name}, namespace: relay }\nspec: ${spec}\n`

const route = '[{ route: [{ destination: { host: x } }] }]'

/** Row ids of what the rules find in the documents. */
async function found(...documents: string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'rules-'))
  await writeFile(join(folder, 'all.yaml'), documents.join('---\n'))
  const read = await readManifests([folder], { registry: createRegistry() })
  await rm(folder, { recursive: true })
  expect(read.errors).toEqual([])
  return ruleFindings(read.documents).map(({ message }) => /\((KNI-\d+)\)$/.exec(message)?.[1] ?? message)
}

const tagged = service('front', '  traffic: [{ tag: dev, latestRevision: true, percent: 100 }]\n')

describe('the rules of Knative on Istio', () => {
  it.each([
    ['a service with a probe of its own path is fine', [service('front')], []],
    [
      'KNI-01 a VirtualService with a generated name',
      [istio('VirtualService', 'front-mesh', `{ hosts: [f.relay.svc.cluster.local], http: ${route} }`)],
      ['KNI-01'],
    ],
    [
      'KNI-02 subsets of a Knative host',
      [service('front'), istio('DestinationRule', 'd', '{ host: front, subsets: [{ name: v1, labels: { v: a } }] }')],
      ['KNI-02'],
    ],
    [
      'KNI-02 subsets of another host are fine',
      [service('front'), istio('DestinationRule', 'd', '{ host: back, subsets: [{ name: v1, labels: { v: a } }] }')],
      [],
    ],
    [
      'KNI-03 a Knative host in the mesh',
      [service('front'), istio('VirtualService', 'v', `{ hosts: [front.relay.svc.cluster.local], http: ${route} }`)],
      ['KNI-03'],
    ],
    [
      'KNI-03 a tag host in the mesh',
      [tagged, istio('VirtualService', 'v', `{ hosts: [dev-front.relay], gateways: [mesh], http: ${route} }`)],
      ['KNI-03'],
    ],
    [
      'KNI-04 a facade named as a tag',
      [
        tagged,
        'apiVersion: v1\nkind: Service\nmetadata: { name: dev-front, namespace: relay }\nspec: { type: ExternalName, externalName: x.y }\n',
      ],
      ['KNI-04'],
    ],
    ['KNI-17 a probe of /', [service('front').replace('/healthz', '/')], ['KNI-17']],
    ['KNI-17 a probe without a path', [service('front').replace('{ path: /healthz }', '{ port: 0 }')], ['KNI-17']],
  ])('%s', async (_, documents, ids) => {
    expect(await found(...documents)).toEqual(ids)
  })
})

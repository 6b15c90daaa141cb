import { describe, expect, it } from 'vitest'
import { call, runApi } from '../api-under-test.ts'

runApi()

interface Entry {
  name: string
  kind: string
  singularName: string
  namespaced: boolean
  verbs: string[]
  shortNames?: string[]
  categories?: string[]
}

const listed = async (path: string): Promise<Entry[]> => (await call('GET', path)).body.resources
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

describe('plain discovery', () => {
  it('names every group with its versions, the preferred one first', async () => {
    const { groups } = (await call('GET', '/apis')).body
    const versions = Object.fromEntries(
      groups.map((one: { name: string; versions: { version: string }[] }) => [
        one.name,
        one.versions.map(({ version }) => version),
      ]),
    )
    expect(versions).toMatchObject({
      'serving.knative.dev': ['v1', 'v1beta1'],
      'networking.istio.io': ['v1', 'v1beta1', 'v1alpha3'],
      'security.istio.io': ['v1', 'v1beta1'],
      apps: ['v1'],
      'apiextensions.k8s.io': ['v1'],
      'authorization.k8s.io': ['v1'],
    })
  })

  it('lists the resources of a version by their plural', async () => {
    const names = (await listed('/api/v1')).map(one => one.name)
    expect(names.filter(name => !name.includes('/'))).toEqual(names.filter(name => !name.includes('/')).toSorted())
    expect(names).toEqual(expect.arrayContaining(['namespaces/status', 'pods/log', 'pods/exec', 'secrets']))
  })

  it.each<[string, string, Partial<Entry>]>([
    [
      '/apis/serving.knative.dev/v1',
      'services',
      { kind: 'Service', shortNames: ['kservice', 'ksvc'], singularName: 'service' },
    ],
    [
      '/apis/serving.knative.dev/v1',
      'revisions',
      { kind: 'Revision', shortNames: ['rev'], categories: ['all', 'knative', 'serving'] },
    ],
    ['/apis/networking.istio.io/v1alpha3', 'virtualservices', { kind: 'VirtualService', shortNames: ['vs'] }],
    ['/apis/apps/v1', 'deployments', { kind: 'Deployment', shortNames: ['deploy'], categories: ['all'] }],
    ['/api/v1', 'namespaces', { kind: 'Namespace', namespaced: false, shortNames: ['ns'] }],
    ['/api/v1', 'nodes', { kind: 'Node', namespaced: false }],
    ['/apis/apiextensions.k8s.io/v1', 'customresourcedefinitions', { verbs: ['get', 'list', 'watch'] }],
    ['/apis/authorization.k8s.io/v1', 'selfsubjectaccessreviews', { verbs: ['create'] }],
  ])('%s has %s', async (path, name, wanted) => {
    expect((await listed(path)).find(one => one.name === name)).toMatchObject(wanted)
  })

  it('of a kind in one version says nothing in another', async () => {
    expect((await listed('/apis/serving.knative.dev/v1beta1')).map(one => one.name)).toEqual([
      'domainmappings',
      'domainmappings/status',
    ])
  })
})

describe('aggregated discovery', () => {
  it('has everything in two documents, of the type it is asked for', async () => {
    const answer = await call('GET', '/apis', { headers: { accept: `${aggregated},application/json` } })
    const document = JSON.parse(answer.text)
    expect(document).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' })
    const serving = document.items.find(
      (one: { metadata: { name: string } }) => one.metadata.name === 'serving.knative.dev',
    )
    expect(serving.versions[0]).toMatchObject({ version: 'v1', freshness: 'Current' })
    expect(serving.versions[0].resources).toContainEqual({
      resource: 'routes',
      responseKind: { group: 'serving.knative.dev', version: 'v1', kind: 'Route' },
      scope: 'Namespaced',
      singularResource: 'route',
      shortNames: ['rt'],
      categories: ['all', 'knative', 'serving'],
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      subresources: [
        {
          subresource: 'status',
          responseKind: { group: 'serving.knative.dev', version: 'v1', kind: 'Route' },
          verbs: ['get', 'patch', 'update'],
        },
      ],
    })
    const core = JSON.parse((await call('GET', '/api', { headers: { accept: aggregated } })).text)
    expect(core.items.map((one: { metadata: { name: string } }) => one.metadata.name)).toEqual([''])
  })

  it('names the same resources as the plain form', async () => {
    const { items } = JSON.parse((await call('GET', '/apis', { headers: { accept: aggregated } })).text)
    for (const { metadata, versions } of items) {
      for (const { version, resources } of versions) {
        const plain = (await listed(`/apis/${metadata.name}/${version}`)).filter(({ name }) => !name.includes('/'))
        expect(resources.map((one: { resource: string }) => one.resource)).toEqual(plain.map(({ name }) => name))
      }
    }
  })

  it.each([
    ['application/json', 'APIGroupList'],
    [`application/json,${aggregated}`, 'APIGroupList'],
    [aggregated.replace('v=v2', 'v=v2beta1'), 'APIGroupDiscoveryList'],
    [aggregated.replace('v=v2', 'v=v3'), 'APIGroupList'],
    ['*/*', 'APIGroupList'],
  ])('for %s is %s', async (accept, kind) => {
    expect(JSON.parse((await call('GET', '/apis', { headers: { accept } })).text).kind).toBe(kind)
  })
})

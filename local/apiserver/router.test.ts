import { describe, expect, it } from 'vitest'
import { type ResourcePath, type Route, routeOf } from './router.ts'

const resource = (path: Partial<ResourcePath> & Pick<ResourcePath, 'plural'>): Route => ({
  to: 'resource',
  path: { group: '', version: 'v1', ...path },
})
const serving = { group: 'serving.knative.dev', plural: 'services' }

describe('a path means', () => {
  it.each<[string, Route]>([
    ['/api', { to: 'core-versions' }],
    ['/api/', { to: 'core-versions' }],
    ['/apis', { to: 'groups' }],
    ['/apis/apps', { to: 'group', group: 'apps' }],
    ['/api/v1', { to: 'resources', group: '', version: 'v1' }],
    ['/apis/apps/v1', { to: 'resources', group: 'apps', version: 'v1' }],
    ['/apis/apps/v1/', { to: 'resources', group: 'apps', version: 'v1' }],
    ['/api/v1/pods', resource({ plural: 'pods' })],
    ['/api/v1/nodes/n', resource({ plural: 'nodes', name: 'n' })],
    ['/api/v1/namespaces', resource({ plural: 'namespaces' })],
    ['/api/v1/namespaces/app', resource({ plural: 'namespaces', name: 'app' })],
    ['/api/v1/namespaces/app/status', resource({ plural: 'namespaces', name: 'app', subresource: 'status' })],
    ['/api/v1/namespaces/app/finalize', resource({ plural: 'namespaces', name: 'app', subresource: 'finalize' })],
    ['/api/v1/namespaces/app/pods', resource({ plural: 'pods', namespace: 'app' })],
    ['/api/v1/namespaces/app/pods/p', resource({ plural: 'pods', namespace: 'app', name: 'p' })],
    [
      '/api/v1/namespaces/app/pods/p/log',
      resource({ plural: 'pods', namespace: 'app', name: 'p', subresource: 'log' }),
    ],
    ['/apis/serving.knative.dev/v1/services', resource(serving)],
    ['/apis/serving.knative.dev/v1/namespaces/app/services', resource({ ...serving, namespace: 'app' })],
    [
      '/apis/serving.knative.dev/v1/namespaces/app/services/a%20b',
      resource({ ...serving, namespace: 'app', name: 'a b' }),
    ],
    ['/apis/serving.knative.dev/v1/namespaces/status/services', resource({ ...serving, namespace: 'status' })],
  ])('%s', (path, route) => expect(routeOf(path)).toEqual(route))
})

describe('a path means nothing', () => {
  it.each([
    ['outside of the API', '/metrics'],
    ['at the root', '/'],
    ['with a broken escape', '/api/v1/namespaces/%zz'],
    ['with an empty segment', '/api/v1//pods'],
    ['with an empty name', '/api/v1/namespaces/app/pods//log'],
    ['below a subresource', '/api/v1/namespaces/app/pods/p/log/more'],
  ])('%s', (_, path) => expect(routeOf(path)).toBeUndefined())
})

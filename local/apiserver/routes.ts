// What each path of the API is answered by: discovery, schemas, a resource, a log, a terminal, or an extra endpoint.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiClient } from '../api/client.ts'
import type { Kind } from '../api/kind.ts'
import type { Registry } from '../api/registry.ts'
import type { Clock } from '../kernel/clock.ts'
import { StatusError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { ObjectStore } from '../kernel/object-store.ts'
import type { Exec } from '../seams/execution.ts'
import type { Logs } from '../seams/pod-logs.ts'
import { type Computed, handleComputed } from './computed/computed.ts'
import { answerReview, reviewOf } from './computed/reviews.ts'
import { aggregated, aggregatedVersion, coreVersions, group, groupList, resourceList } from './discovery/discovery.ts'
import { resourcesOf } from './discovery/resources.ts'
import { readJson } from './http/body.ts'
import { methodNotAllowed, sendJson, sendText, sendUnknownPath, unknownResource } from './http/errors.ts'
import { renderingOf } from './http/rendering.ts'
import { derivedSource } from './lists/object-source.ts'
import { handleLog } from './pods/log.ts'
import { type ResourcePath, type Route, routeOf } from './router.ts'
import { apiVersionOf, type ResourceCall } from './verbs/resource-call.ts'
import { handleCollection, handleObject, handleStatus } from './verbs/resource-handlers.ts'

export type ExtraHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export interface ApiServerOptions {
  client: ApiClient
  registry: Registry
  store: ObjectStore
  clock: Clock
  log: Log
  logs: Logs
  /** Runs commands in pods; without it there are none. */
  exec?: Exec
  /** Resources beside those of the registry, worked out when asked for. */
  computed?: readonly Computed[]
  /** Endpoints beside the Kubernetes API, by exact path: `/skiff/status`. */
  extra?: ReadonlyMap<string, ExtraHandler>
}

/** The Kubernetes whose shapes are served. */
const version = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.0+skiff',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'node',
  platform: `${process.platform}/${process.arch}`,
}

/** Answers a request; what it throws is answered as a `Status`. */
export async function answer(
  options: ApiServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = urlOf(request)
  const extra = options.extra?.get(url.pathname)
  if (extra) return extra(request, response)
  if (url.pathname === '/version') return sendJson(response, 200, version)
  if (['/healthz', '/livez', '/readyz'].includes(url.pathname)) return sendText(response, 200, 'ok')
  if (url.pathname.startsWith('/openapi/v3')) return openApi(options, url.pathname, response)
  if (url.pathname === '/openapi/v2') return openApiOld(options, request, response)
  const route = routeOf(url.pathname)
  if (!route) return sendUnknownPath(response)
  if (route.to !== 'resource') return discover(options, route, request, response)
  return resource(options, route.path, url.searchParams, request, response)
}

/** The request's path as it is: `//x` names no host here. Throws BadRequest. */
function urlOf({ url = '/' }: IncomingMessage): URL {
  try {
    return new URL(`http://localhost${url}`)
  } catch {
    throw new StatusError('BadRequest', `the request names no path of this server: ${url}`)
  }
}

/** Made when somebody asks: a running system rarely needs the module. */
async function openApi(options: ApiServerOptions, pathname: string, response: ServerResponse): Promise<void> {
  const { openApiDocument, openApiIndex } = await import('./discovery/openapi.ts')
  const path = pathname.slice('/openapi/v3'.length).replace(/^\//, '')
  const kinds = servedKinds(options)
  const document = path === '' ? openApiIndex(kinds) : openApiDocument(kinds, path)
  if (document) sendJson(response, 200, document)
  else sendUnknownPath(response)
}

function servedKinds({ registry, computed = [] }: ApiServerOptions): Kind[] {
  return [...registry.kinds, ...computed.map(({ kind }) => kind)]
}

async function openApiOld(
  options: ApiServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { openApiV2, openApiV2Type } = await import('./discovery/openapi-v2.ts')
  const document = openApiV2(servedKinds(options), request.headers.accept)
  response.writeHead(200, { 'content-type': openApiV2Type }).end(document)
}

type Discovery = Exclude<Route, { to: 'resource' }>

function discover(
  options: ApiServerOptions,
  route: Discovery,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const resources = resourcesOf(options.registry, options.computed ?? [])
  const whole = route.to === 'groups' || route.to === 'core-versions'
  const asked = whole ? aggregatedVersion(request.headers.accept) : undefined
  if (asked) {
    const document = aggregated(resources, route.to === 'core-versions', asked)
    const type = `application/json;g=apidiscovery.k8s.io;v=${asked};as=APIGroupDiscoveryList`
    sendJson(response, 200, document, type)
    return
  }
  const document = documentOf(resources, route)
  if (document) sendJson(response, 200, document)
  else sendUnknownPath(response)
}

function documentOf(resources: ReturnType<typeof resourcesOf>, route: Discovery): unknown {
  switch (route.to) {
    case 'core-versions':
      return coreVersions()
    case 'groups':
      return groupList(resources)
    case 'group':
      return group(resources, route.group)
    case 'resources':
      return resourceList(resources, route.group, route.version)
  }
}

async function resource(
  options: ApiServerOptions,
  path: ResourcePath,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const review = reviewOf(path.group, path.version, path.plural)
  if (review) {
    if (request.method !== 'POST' || path.name !== undefined) throw methodNotAllowed()
    return sendJson(response, 201, answerReview(review, await readJson(request)))
  }
  const found = kindOf(options, path)
  if (!found) return sendUnknownPath(response)
  const { kind, computed } = found
  const scoped = path.namespace !== undefined
  // Only collections of all namespaces, and their watches, leave the namespace out.
  if (kind.namespaced ? !scoped && path.name !== undefined : scoped) throw unknownResource()
  const source = computed ? derivedSource(options.store, computed) : options.store
  const rendering = renderingOf({
    ...{ kind, apiVersion: apiVersionOf(path), accept: acceptOf(request, path), query },
    now: () => options.clock.now(),
  })
  const call = { client: options.client, source, kind, path, query, request, response, rendering }
  return computed ? handleComputed(call, computed, options.clock) : dispatch(options, call)
}

/** Logs are text, whatever the client takes. */
function acceptOf({ headers }: IncomingMessage, { subresource }: ResourcePath): string | undefined {
  return subresource === undefined || subresource === 'status' ? headers.accept : undefined
}

function kindOf(
  { registry, computed = [] }: ApiServerOptions,
  { group, version, plural }: ResourcePath,
): { kind: Kind; computed?: Computed } | undefined {
  const stored = registry.byPlural(group, plural)
  if (stored?.versions.includes(version)) return { kind: stored }
  const found = computed.find(({ kind }) => kind.group === group && kind.plural === plural)
  return found?.kind.versions.includes(version) ? { kind: found.kind, computed: found } : undefined
}

function dispatch(options: ApiServerOptions, call: ResourceCall): Promise<void> {
  const { path, kind, request } = call
  if (path.name === undefined) return handleCollection(call, options.clock)
  if (path.subresource === undefined) return handleObject(call)
  if (path.subresource === 'status') return handleStatus(call)
  if (path.subresource === 'log' && kind.kind === 'Pod' && request.method === 'GET')
    return handleLog(call, options.logs, options.clock.now())
  throw unknownResource()
}

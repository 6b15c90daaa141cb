// The Kubernetes-shaped API over HTTP: routes a request to discovery, a resource, a watch, a log, or an extra endpoint.
import { chmod, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { ApiClient } from '../api/client.ts'
import type { Registry } from '../api/registry.ts'
import type { Clock } from '../kernel/clock.ts'
import { SkiffError } from '../kernel/errors.ts'
import type { Log } from '../kernel/log.ts'
import type { ObjectStore } from '../kernel/object-store.ts'
import { coreVersions, group, groupList, resourceList } from './discovery.ts'
import { sendError, sendJson, sendText, sendUnknownPath, unknownResource } from './errors.ts'
import { handleLog, type Logs } from './pod-log.ts'
import { handleCollection, handleObject, handleStatus, type ResourceCall, served } from './resource-handlers.ts'
import { type ResourcePath, type Route, routeOf } from './router.ts'
import { selectorOf } from './selectors.ts'
import { watchObjects } from './watch.ts'

export type ExtraHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export interface ApiServerOptions {
  client: ApiClient
  registry: Registry
  store: ObjectStore
  clock: Clock
  log: Log
  logs: Logs
  /** Endpoints beside the Kubernetes API, by exact path: `/skiff/status`. */
  extra?: ReadonlyMap<string, ExtraHandler>
}

export interface ApiServer {
  /** Listens on a unix socket only its owner may open. Replaces a socket file left behind. */
  listenUnix(path: string): Promise<void>
  /** Ends watches and open connections. */
  close(): Promise<void>
}

/** Unix socket addresses hold 108 bytes on Linux and 104 on macOS, with the closing zero. */
const longestSocketPath = 103

/** Versions of the Kubernetes whose shapes are served. */
const version = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.0+skiff',
  platform: `${process.platform}/${process.arch}`,
}

export function createApiServer(options: ApiServerOptions): ApiServer {
  const server = createServer((request, response) => {
    answer(options, request, response).catch(error => {
      // A body that was not read to its end leaves the connection unusable.
      if (!request.complete) response.setHeader('connection', 'close')
      sendError(response, error, options.log)
    })
  })
  return { listenUnix: path => listen(server, path), close: () => close(server) }
}

async function listen(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > longestSocketPath) {
    const sentence = `the path of the API's socket has ${Buffer.byteLength(path)} bytes, and systems take at most ${longestSocketPath}`
    throw new SkiffError(`${sentence}: choose a shorter state folder: ${path}`)
  }
  await rm(path, { force: true })
  // The socket is bound before listen() returns: from its first moment nobody else may open it.
  const umask = process.umask(0o177)
  const listening = new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  process.umask(umask)
  await listening
  await chmod(path, 0o600)
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function answer(options: ApiServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const extra = options.extra?.get(url.pathname)
  if (extra) return extra(request, response)
  if (url.pathname === '/version') return sendJson(response, 200, version)
  if (['/healthz', '/livez', '/readyz'].includes(url.pathname)) return sendText(response, 200, 'ok')
  const route = routeOf(url.pathname)
  if (!route) return sendUnknownPath(response)
  if (route.to !== 'resource') return discover(options.registry, route, response)
  return resource(options, route.path, url.searchParams, request, response)
}

function discover(registry: Registry, route: Exclude<Route, { to: 'resource' }>, response: ServerResponse): void {
  const document = documentOf(registry, route)
  if (document) sendJson(response, 200, document)
  else sendUnknownPath(response)
}

function documentOf(registry: Registry, route: Exclude<Route, { to: 'resource' }>): unknown {
  switch (route.to) {
    case 'core-versions':
      return coreVersions()
    case 'groups':
      return groupList(registry)
    case 'group':
      return group(registry, route.group)
    case 'resources':
      return resourceList(registry, route.group, route.version)
  }
}

async function resource(
  options: ApiServerOptions,
  path: ResourcePath,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const kind = options.registry.byPlural(path.group, path.plural)
  if (!kind?.versions.includes(path.version)) return sendUnknownPath(response)
  const scoped = path.namespace !== undefined
  // Only collections of all namespaces, and their watches, leave the namespace out.
  if (kind.namespaced ? !scoped && path.name !== undefined : scoped) throw unknownResource()
  const call: ResourceCall = { client: options.client, kind, path, query, request, response }
  if (path.name === undefined) return isWatch(call) ? watch(options, call) : handleCollection(call)
  if (path.subresource === undefined) return handleObject(call)
  if (path.subresource === 'status') return handleStatus(call)
  if (path.subresource === 'log' && kind.kind === 'Pod' && request.method === 'GET')
    return handleLog(call, options.logs)
  throw unknownResource()
}

function isWatch({ request, query }: ResourceCall): boolean {
  return request.method === 'GET' && ['true', '1'].includes(query.get('watch') ?? '')
}

function watch({ store, clock }: ApiServerOptions, call: ResourceCall): void {
  const { kind, path, query, response } = call
  const request = {
    kind,
    namespace: path.namespace,
    selector: selectorOf(query),
    resourceVersion: query.get('resourceVersion'),
    timeoutSeconds: query.get('timeoutSeconds'),
    serve: <T extends Parameters<typeof served>[1]>(object: T) => served(call, object),
  }
  watchObjects(store, clock, request, response)
}

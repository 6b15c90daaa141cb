// Meshes made of YAML text, for tests of what becomes of it.
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../kernel/object.ts'
import type { Identity } from '../../seams/identity.ts'
import { findRoute, pickHost, type WalkedRequest } from '../route/walk.ts'
import type { Route } from '../table/route.ts'
import type { VirtualHosts } from '../table/virtual-hosts.ts'
import { collectMeshObjects } from './collect-objects.ts'
import { type CompiledMesh, compileMesh } from './compile.ts'

/** Objects without a namespace are of `default`. `keep` is asked by `Kind namespace/name`. */
export function compileText(text: string, keep = (_object: string) => true, previous?: CompiledMesh): CompiledMesh {
  const objects = parseAllDocuments(text)
    .map((document): KubeObject | null => document.toJS())
    .filter(object => object !== null)
    .map(object => ({ ...object, metadata: { namespace: 'default', ...object.metadata } }))
    .filter(({ kind, metadata }) => keep(`${kind} ${metadata.namespace}/${metadata.name}`))
  return compileMesh(collectMeshObjects(objects), previous)
}

export function callerOf(namespace: string, labels: Readonly<Record<string, string>> = {}): Identity {
  return { namespace, serviceAccount: 'default', labels, name: 'caller' }
}

/** The virtual hosts of a gateway port without TLS. */
export function gatewayHosts(mesh: CompiledMesh, port = 80): VirtualHosts | undefined {
  return mesh.gatewayPorts.get(port)?.chains[0]?.hosts
}

/** `http://host:port/path?query` as a GET with these headers, unless said otherwise. */
export function requestTo(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): WalkedRequest {
  const [, authority = '', target = ''] = /^http:\/\/([^/]*)(.*)$/.exec(url) ?? []
  return { method, scheme: 'http', authority, target: target || '/', headers: Object.entries(headers).flat() }
}

export function routeFor(hosts: VirtualHosts | undefined, request: WalkedRequest): Route | undefined {
  const host = hosts && pickHost(hosts, request.authority)
  return host && findRoute(host, request)
}

/** Where a request goes, in a line: its cluster with the new host, a redirect, a status, or `404`. */
export function outcomeOf(route: Route | undefined): string {
  if (!route) return '404'
  const { action } = route
  if (action.kind === 'redirect') return `redirect ${action.code}`
  if (action.kind === 'direct-response') return `answer ${action.status}`
  const clusters = action.clusters.map(({ cluster, weight }) =>
    action.clusters.length > 1 ? `${cluster}=${weight}` : cluster,
  )
  return [...clusters, ...(action.rewrite?.authority ? [`as ${action.rewrite.authority}`] : [])].join(' ')
}

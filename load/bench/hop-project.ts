// Projects whose gateway sends requests on to a plain backend by Istio's rules, and the same rules as Envoy has them.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Rules before the one that matches, in a list of so many. */
const rules = 20

export interface HopProjectOptions {
  /** Ports of the loopback. */
  backend: number
  /** Hosts, each with rules of its own; requests go to the first: `shop-0.test`. */
  hosts: number
  rulesPerHost: number
  http2?: boolean
}

/** A project folder with nothing but mesh objects. */
export function hopProject({ backend, hosts, rulesPerHost, http2 = false }: HopProjectOptions): string {
  const project = mkdtempSync(join(tmpdir(), 'skiff-hop-'))
  mkdirSync(join(project, 'istio'))
  const name = http2 ? 'http2' : 'http'
  const object = (kind: string, named: string, spec: unknown) => ({
    apiVersion: 'networking.istio.io/v1',
    kind,
    metadata: { name: named, namespace: 'default' },
    spec,
  })
  const port = { number: 80, name: 'http', protocol: 'HTTP' }
  const documents = [
    object('Gateway', 'edge', { selector: { istio: 'ingressgateway' }, servers: [{ port, hosts: ['*'] }] }),
    object('ServiceEntry', 'backend', {
      hosts: ['backend.test'],
      location: 'MESH_EXTERNAL',
      resolution: 'STATIC',
      ports: [{ number: 80, name, protocol: http2 ? 'HTTP2' : 'HTTP' }],
      endpoints: [{ address: '127.0.0.1', ports: { [name]: backend } }],
    }),
    ...Array.from({ length: hosts }, (_, index) =>
      object('VirtualService', `shop-${index}`, {
        hosts: [`shop-${index}.test`],
        gateways: ['edge'],
        http: Array.from({ length: rulesPerHost }, (_rule, at) => istioRule(at)),
      }),
    ),
  ]
  writeFileSync(join(project, 'istio/hop.yaml'), documents.map(one => JSON.stringify(one)).join('\n---\n'))
  return project
}

const added: Record<string, string> = { 'x-one': '1', 'x-two': '2', 'x-three': '3' }

function istioRule(at: number): unknown {
  return {
    match: [{ uri: { prefix: '/' }, headers: { 'x-dev-user': { exact: `user-${at}` } } }],
    route: [{ destination: { host: 'backend.test' } }],
    headers: { request: { set: added, remove: ['x-gone'] }, response: { set: { 'x-answered': 'yes' } } },
  }
}

/** The virtual host `shop-0.test` of such a project as Envoy's configuration. */
export function envoyHost(rulesPerHost: number): unknown {
  const header = (key: string, value: string) => ({
    header: { key, value },
    append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
  })
  const routes = Array.from({ length: rulesPerHost }, (_, at) => ({
    match: { prefix: '/', headers: [{ name: 'x-dev-user', string_match: { exact: `user-${at}` } }] },
    route: { cluster: 'hello' },
    request_headers_to_add: Object.entries(added).map(([key, value]) => header(key, value)),
    request_headers_to_remove: ['x-gone'],
    response_headers_to_add: [header('x-answered', 'yes')],
  }))
  return { name: 'shop', domains: ['shop-0.test'], routes }
}

/** Matched by the middle one of twenty rules. */
export const fullSemantics = { rules, host: 'shop-0.test', headers: { 'x-dev-user': `user-${rules / 2}` } }

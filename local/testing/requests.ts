// What a test asks for, as the mesh takes it: where the request enters, its header lines and body.

import type { Entrance } from '../mesh/mesh.ts'
import type { Identity } from '../seams/identity.ts'
import type { FetchOptions } from './index.d.ts'

export interface AskedRequest {
  url: URL
  method: string
  /** `[name, value, …]`, names in lower case. */
  headers: string[]
  body: Buffer
}

/** A URL, or a Request of which the options replace parts. */
export async function askedRequest(input: string | URL | Request, options: FetchOptions): Promise<AskedRequest> {
  const given = input instanceof Request ? input : undefined
  const body = options.body ?? (given?.body ? new Uint8Array(await given.arrayBuffer()) : '')
  return {
    url: new URL(given?.url ?? (input as string | URL)),
    method: options.method ?? given?.method ?? 'GET',
    headers: headerLines(options.headers ?? given?.headers),
    body: Buffer.from(body),
  }
}

export const headerLines = (headers: FetchOptions['headers']): string[] => [...new Headers(headers)].flat()

/** The gateway's port of the URL where a Gateway opens it, port 80 for any other, as behind a load balancer. */
export function entranceOf(url: URL, from: FetchOptions['from'], isOpen: (gatewayPort: number) => boolean): Entrance {
  const secure = url.protocol === 'https:'
  const port = Number(url.port || (secure ? 443 : 80))
  if (from === undefined || from === 'outside') {
    if (secure) return { gatewayPort: port, serverName: url.hostname }
    return { gatewayPort: isOpen(port) ? port : 80 }
  }
  if (secure) {
    throw new Error(
      `${url.href}: inside the mesh rules see plain requests only, write http://${url.host}${url.pathname}`,
    )
  }
  const caller: Identity = { namespace: 'default', serviceAccount: 'default', labels: {}, name: 'test', ...from }
  return { caller, port }
}

/** 204 and its like have no body at all, and Response refuses one. */
export function responseOf({ status, headers, body }: { status: number; headers: readonly string[]; body: Buffer }) {
  const lines: [string, string][] = []
  for (let index = 0; index < headers.length; index += 2) lines.push([headers[index] ?? '', headers[index + 1] ?? ''])
  const bodyless = [204, 205, 304].includes(status)
  return new Response(bodyless ? null : new Uint8Array(body), { status, headers: lines })
}

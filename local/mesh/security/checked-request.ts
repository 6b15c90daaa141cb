// What authentication and authorization look at: one request at the proxy of one workload.

/** Claims of a verified token, as JSON gives them. */
export type Claims = Readonly<Record<string, unknown>>

export interface CheckedRequest {
  method: string
  scheme: 'http' | 'https'
  /** As the client named it, port included. */
  authority: string
  /** Normalised path and query. */
  target: string
  /** Names in lower case: `[name, value, …]`. */
  headers: readonly string[]
  /** The address the connection comes from. */
  peer: string
  /** The client's address: the peer's own unless proxies in front are trusted. */
  remote: string
  destinationPort: number
  /** Empty without TLS. */
  sni: string
  /** `cluster.local/ns/…/sa/…` of a caller that spoke mutual TLS. */
  principal: string | undefined
}

/** A workload whose proxy checks: the ingress gateway, the activator, the pods of a revision. */
export interface CheckedWorkload {
  namespace: string
  labels: Readonly<Record<string, string>>
}

export interface Denial {
  allowed: false
  status: number
  body: string
  /** `[name, value, …]`, before all others of the answer. */
  headers: readonly string[]
  /** Envoy's response code details. */
  details: string
}

export interface Admission {
  allowed: true
  claims: Claims | undefined
  /** Header lines that verification takes from the request (the token) … */
  removeHeaders: readonly string[]
  /** … and adds to it (`outputPayloadToHeader`, `outputClaimToHeaders`): `[name, value, …]`. */
  addHeaders: readonly string[]
}

export type Verdict = Admission | Denial

/** All lines of one name joined by `,`, as Envoy matches them; undefined when there is none. */
export function headerValue(headers: readonly string[], name: string): string | undefined {
  let joined: string | undefined
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] !== name) continue
    joined = joined === undefined ? headers[index + 1] : `${joined},${headers[index + 1]}`
  }
  return joined
}

/** The value at a path of nested objects; undefined where there is none. */
export function claimAt(claims: Claims | undefined, path: readonly string[]): unknown {
  let value: unknown = claims
  for (const key of path) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

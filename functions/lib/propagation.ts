// The headers every function hands on with each call it makes: without them a trace ends, and a user's routing is lost, at the first hop.

/** Zipkin's B3 (one header or many), OpenTracing, W3C Trace Context, and the request id of Envoy. */
export const traceHeaders = [
  'x-request-id',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
  'x-ot-span-context',
  'b3',
  'traceparent',
  'tracestate',
] as const

/** Who is asking, and how: rules of the mesh match on these at any depth of a call chain. */
export const routingHeaders = ['x-dev-user', 'end-user', 'fail'] as const

const propagated: readonly string[] = [...traceHeaders, ...routingHeaders]

/**
 * The headers to send along, lower case; those that are absent or empty are left out. An event carries who is asking as
 * its extension devuser, since brokers drop the header.
 */
export function propagate(incoming: { get(name: string): string | null }): Record<string, string> {
  const outgoing: Record<string, string> = {}
  for (const name of propagated) {
    const value = incoming.get(name)
    if (value) outgoing[name] = value
  }
  const user = outgoing['x-dev-user'] ?? incoming.get('ce-devuser')
  return user ? { ...outgoing, 'x-dev-user': user } : outgoing
}

/**
 * The trace id in propagated headers, from whichever format carries one. A mesh without a tracing provider writes none:
 * then it is the request id, which each hop has.
 */
export function traceId(headers: Readonly<Record<string, string>>): string | undefined {
  return (
    headers['x-b3-traceid'] ??
    headers.traceparent?.split('-')[1] ??
    headers.b3?.match(/^([0-9a-f]+)-/)?.[1] ??
    headers['x-request-id']
  )
}

// Which HTTP headers travel with an event through a broker: few, for the rest is the sender's business.

// Knative's list (eventing pkg/utils/headers.go) and the trace context, which Eventing's own tracing carries on.
const names = new Set(['x-request-id', 'retry-after', 'traceparent', 'tracestate'])
const prefixes = ['x-b3-', 'knative-']

/** The headers that go on, flat as given; names in lower case. */
export function passedHeaders(headers: readonly string[]): string[] {
  const passed: string[] = []
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? ''
    if (names.has(name) || prefixes.some(prefix => name.startsWith(prefix))) passed.push(name, headers[index + 1] ?? '')
  }
  return passed
}

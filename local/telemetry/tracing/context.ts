// Trace contexts in headers: W3C Trace Context, and Zipkin's B3 in one header or in many.

export interface TraceContext {
  /** 32 hexadecimal digits. */
  traceId: string
  /** 16 hexadecimal digits: the caller's span. */
  spanId: string
  /** What was decided about it; undefined leaves it to whoever reads. */
  sampled: boolean | undefined
}

export type Format = 'w3c' | 'b3' | 'b3-single'

/** A request that says it is not to be traced, and names no trace. */
export const denied = 'denied'

/** The context in headers (flat, names in lower case): the first of W3C, b3 and x-b3-* that can be read. */
export function readContext(headers: readonly string[]): TraceContext | typeof denied | undefined {
  let found: Record<string, string> | undefined
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    if (name !== 'traceparent' && name !== 'b3' && !name.startsWith('x-b3-')) continue
    found ??= {}
    found[name] ??= headers[index + 1] ?? ''
  }
  if (found === undefined) return undefined
  return readW3c(found.traceparent) ?? readSingle(found.b3) ?? readMany(found)
}

/** The formats that headers carry a context in. */
export function formatsIn(headers: readonly string[]): Format[] {
  const has = (name: string) => headers.some((one, index) => index % 2 === 0 && one === name)
  return [
    ...(has('traceparent') ? (['w3c'] as const) : []),
    ...(has('x-b3-traceid') ? (['b3'] as const) : []),
    ...(has('b3') ? (['b3-single'] as const) : []),
  ]
}

/** Writes the context of `span` whose parent is `parentId` into `headers`, in place of one that is there. */
export function writeContext(
  headers: string[],
  { traceId, spanId, sampled }: TraceContext,
  parentId: string | undefined,
  formats: readonly Format[],
): void {
  const flag = sampled === false ? '0' : '1'
  for (const format of formats) {
    switch (format) {
      case 'w3c':
        set(headers, 'traceparent', `00-${traceId}-${spanId}-0${flag}`)
        break
      case 'b3-single':
        set(headers, 'b3', [traceId, spanId, flag, ...(parentId ? [parentId] : [])].join('-'))
        break
      case 'b3':
        set(headers, 'x-b3-traceid', traceId)
        set(headers, 'x-b3-spanid', spanId)
        if (parentId) set(headers, 'x-b3-parentspanid', parentId)
        set(headers, 'x-b3-sampled', flag)
    }
  }
}

function set(headers: string[], name: string, value: string): void {
  const at = headers.findIndex((one, index) => index % 2 === 0 && one === name)
  if (at < 0) headers.push(name, value)
  else headers[at + 1] = value
}

// https://www.w3.org/TR/trace-context/: a later version may have more fields behind the flags.
const w3c = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

function readW3c(text: string | undefined): TraceContext | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] = w3c.exec(text ?? '') ?? []
  if (version === undefined || (version === '00' && more !== undefined) || isZero(traceId) || isZero(spanId))
    return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

// https://github.com/openzipkin/b3-propagation: `d` is debug, which is always sampled.
const single = /^([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d])(?:-[0-9a-f]{16})?)?$/

function readSingle(text: string | undefined): TraceContext | typeof denied | undefined {
  if (text === '0') return denied
  const [, traceId, spanId = '', sampling] = single.exec(text ?? '') ?? []
  if (traceId === undefined || isZero(traceId) || isZero(spanId)) return undefined
  return { traceId: traceId.padStart(32, '0'), spanId, sampled: sampling === undefined ? undefined : sampling !== '0' }
}

function readMany(found: Readonly<Record<string, string>>): TraceContext | typeof denied | undefined {
  const sampled = samplingOf(found)
  const traceId = (found['x-b3-traceid'] ?? '').toLowerCase()
  const spanId = (found['x-b3-spanid'] ?? '').toLowerCase()
  const whole = /^([0-9a-f]{16}|[0-9a-f]{32})$/.test(traceId) && !isZero(traceId)
  if (!whole) return sampled === false ? denied : undefined
  // Some send a trace id alone: the trace goes on, below nobody.
  const known = /^[0-9a-f]{16}$/.test(spanId) && !isZero(spanId)
  return { traceId: traceId.padStart(32, '0'), spanId: known ? spanId : '', sampled }
}

function samplingOf(found: Readonly<Record<string, string>>): boolean | undefined {
  if (found['x-b3-flags'] === '1') return true
  const text = found['x-b3-sampled']
  if (text === '1' || text === 'true') return true
  return text === '0' || text === 'false' ? false : undefined
}

function isZero(id: string): boolean {
  return /^0*$/.test(id)
}

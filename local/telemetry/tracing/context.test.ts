import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { denied, type Format, formatsIn, readContext, writeContext } from './context.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'

describe('reading a trace context', () => {
  it.each<[string, string[], object | string | undefined]>([
    ['W3C', ['traceparent', `00-${traceId}-${spanId}-01`], { traceId, spanId, sampled: true }],
    ['W3C, not sampled', ['traceparent', `00-${traceId}-${spanId}-00`], { traceId, spanId, sampled: false }],
    ['W3C with other flags', ['traceparent', `00-${traceId}-${spanId}-03`], { traceId, spanId, sampled: true }],
    ['a later version of W3C', ['traceparent', `cc-${traceId}-${spanId}-01-more`], { traceId, spanId, sampled: true }],
    ['version 00 with more behind it', ['traceparent', `00-${traceId}-${spanId}-01-more`], undefined],
    ['version ff', ['traceparent', `ff-${traceId}-${spanId}-01`], undefined],
    ['a trace of zeros', ['traceparent', `00-${'0'.repeat(32)}-${spanId}-01`], undefined],
    ['upper case in W3C', ['traceparent', `00-${traceId.toUpperCase()}-${spanId}-01`], undefined],
    ['single b3', ['b3', `${traceId}-${spanId}-1`], { traceId, spanId, sampled: true }],
    ['single b3 with its parent', ['b3', `${traceId}-${spanId}-0-${spanId}`], { traceId, spanId, sampled: false }],
    ['single b3, debug', ['b3', `${traceId}-${spanId}-d`], { traceId, spanId, sampled: true }],
    ['single b3, undecided', ['b3', `${traceId}-${spanId}`], { traceId, spanId, sampled: undefined }],
    ['single b3 that says no', ['b3', '0'], denied],
    ['b3 of 64 bits', ['b3', `${spanId}-${spanId}-1`], { traceId: `0000000000000000${spanId}`, spanId, sampled: true }],
    [
      'many b3',
      ['x-b3-traceid', traceId, 'x-b3-spanid', spanId, 'x-b3-sampled', '1'],
      { traceId, spanId, sampled: true },
    ],
    ['many b3, debug', ['x-b3-traceid', traceId, 'x-b3-spanid', spanId, 'x-b3-flags', '1'], { sampled: true }],
    ['many b3, false', ['x-b3-traceid', traceId, 'x-b3-spanid', spanId, 'x-b3-sampled', 'false'], { sampled: false }],
    ['a b3 trace id alone', ['x-b3-traceid', traceId], { traceId, spanId: '', sampled: undefined }],
    ['b3 sampling alone', ['x-b3-sampled', '0'], denied],
    ['b3 that is no id', ['x-b3-traceid', 'hello', 'x-b3-spanid', spanId], undefined],
    ['none', ['accept', '*/*'], undefined],
  ])('%s', (_name, headers, expected) => {
    const found = readContext(headers)
    if (typeof expected === 'object') expect(found).toMatchObject(expected)
    else expect(found).toBe(expected)
  })

  it('W3C comes before B3, and what cannot be read makes way for what can', () => {
    const b3 = ['b3', `${'a'.repeat(32)}-${spanId}-1`]
    expect(readContext([...b3, 'traceparent', `00-${traceId}-${spanId}-01`])).toMatchObject({ traceId })
    expect(readContext(['traceparent', 'garbage', ...b3])).toMatchObject({ traceId: 'a'.repeat(32) })
  })

  it('takes any text without harm', () => {
    const name = fc.constantFrom('traceparent', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags')
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string())), lines => {
        const found = readContext(lines.flat())
        if (found !== undefined && found !== denied) expect(found.traceId).toMatch(/^[0-9a-f]{32}$/)
      }),
    )
  })
})

describe('writing a trace context', () => {
  const context = { traceId, spanId, sampled: true }
  const parent = 'b7ad6b7169203331'

  it.each<[Format, string[]]>([
    ['w3c', ['traceparent', `00-${traceId}-${spanId}-01`]],
    ['b3-single', ['b3', `${traceId}-${spanId}-1-${parent}`]],
    [
      'b3',
      [...['x-b3-traceid', traceId, 'x-b3-spanid', spanId], ...['x-b3-parentspanid', parent, 'x-b3-sampled', '1']],
    ],
  ])('%s is read as it was written', (format, lines) => {
    const headers = ['accept', '*/*']
    writeContext(headers, context, parent, [format])
    expect(headers).toEqual(['accept', '*/*', ...lines])
    expect(readContext(headers)).toEqual(context)
    expect(formatsIn(headers)).toEqual([format])
  })

  it('takes the place of what was there', () => {
    const headers = ['traceparent', `00-${'a'.repeat(32)}-${parent}-01`, 'tracestate', 'k=v']
    writeContext(headers, context, undefined, ['w3c'])
    expect(headers).toEqual(['traceparent', `00-${traceId}-${spanId}-01`, 'tracestate', 'k=v'])
  })
})

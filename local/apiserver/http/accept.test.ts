import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { acceptedTypes, isJson, notAcceptable } from './accept.ts'
import { addWarning } from './errors.ts'

describe('an Accept header', () => {
  it.each<[string | undefined, string[]]>([
    [undefined, ['*/*']],
    ['', ['*/*']],
    ['application/json', ['application/json']],
    ['text/html, application/json', ['text/html', 'application/json']],
    ['text/html;q=0.5, application/JSON', ['application/json', 'text/html']],
    ['a/b;q=0.1,c/d;q=0.9,e/f', ['e/f', 'c/d', 'a/b']],
    ['a/b;q=x,c/d', ['a/b', 'c/d']],
  ])('%j likes best %j', (header, types) => expect(acceptedTypes(header).map(({ type }) => type)).toEqual(types))

  it('has parameters', () => {
    expect(acceptedTypes('application/json;as=Table; v=v1;g=meta.k8s.io')).toEqual([
      { type: 'application/json', parameters: { as: 'Table', v: 'v1', g: 'meta.k8s.io' } },
    ])
  })

  it.each([
    ['application/json', true],
    ['application/*', true],
    ['*/*', true],
    ['application/yaml', false],
    ['text/*', false],
  ])('%s takes JSON: %s', (type, wanted) => expect(isJson({ type, parameters: {} })).toBe(wanted))

  it('that nothing fits is refused with what would', () => {
    expect(notAcceptable()).toMatchObject({ code: 406, message: expect.stringMatching(/: application\/json$/) })
  })
})

describe('a warning', () => {
  /** The headers that an answer gets. */
  const headersOf = (...texts: string[]) => {
    const headers: string[] = []
    const response = {
      getHeader: () => (headers.length > 0 ? headers : undefined),
      appendHeader: (_: string, value: string) => headers.push(value),
    } as unknown as ServerResponse
    for (const text of texts) addWarning(response, text)
    return headers
  }

  it.each<[string, string]>([
    ['plain', '299 - "plain"'],
    ['of "quotes" and \\', '299 - "of \\"quotes\\" and \\\\"'],
    ['on\ntwo lines, with ü', '299 - "on two lines, with  "'],
  ])('%j is %s', (text, header) => expect(headersOf(text)).toEqual([header]))

  it('is given once', () => expect(headersOf('a', 'b', 'a')).toEqual(['299 - "a"', '299 - "b"']))

  it('is cut, or left out, where all do not fit', () => {
    const long = 'x'.repeat(5_000)
    expect(headersOf(long)).toEqual([`299 - "${'x'.repeat(256)}"`])
    const many = headersOf(...Array.from({ length: 100 }, (_, index) => `${index}${'y'.repeat(200)}`))
    expect(many.join('').length).toBeLessThan(4_096 + 256)
  })
})

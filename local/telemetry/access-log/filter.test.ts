import { describe, expect, it } from 'vitest'
import { finishedRequest } from '../finished-request.ts'
import { accessLog } from './access-log.ts'
import { requestFilter } from './filter.ts'

describe('a filter of the access log', () => {
  it.each([
    ['response.code >= 400', [400, 503], [200, 399]],
    ['response.code == 503', [503], [500, 504]],
    ['response.code != 200', [201], [200]],
    ['response.code >= 400 && response.code < 500', [404], [399, 500]],
    ['(response.code < 200) || response.code > 499', [101, 500], [200, 404]],
    ['response.code>=400&&response.code!=404', [400], [404, 200]],
  ])('%s', (expression, logged, left) => {
    const filter = requestFilter(expression)
    expect(logged.map(status => filter?.(status))).toEqual(logged.map(() => true))
    expect(left.map(status => filter?.(status))).toEqual(left.map(() => false))
  })

  it.each([
    '',
    'true',
    'response.code',
    'request.path == "/"',
    'response.code >= 400 && connection.mtls',
    'response.code >> 4',
  ])('%j is not understood', expression => {
    expect(requestFilter(expression)).toBeUndefined()
  })
})

describe('the access log', () => {
  const written = (settings: object, statuses: number[]) => {
    const lines: string[] = []
    const log = accessLog(
      () => ({ enabled: true, format: '%RESPONSE_CODE%', ...settings }),
      line => void lines.push(line),
    )
    for (const status of statuses) log(finishedRequest({ status }))
    return lines
  }

  it('has a line a request, of those that pass its filter', () => {
    expect(written({}, [200, 404])).toEqual(['200', '404'])
    expect(written({ filter: (status: number) => status > 400 }, [200, 404])).toEqual(['404'])
  })

  it('is empty while it is off', () => {
    expect(written({ enabled: false }, [200])).toEqual([])
  })
})

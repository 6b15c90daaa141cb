import { describe, expect, it } from 'vitest'
import { finishedRequest } from '../finished-request.ts'
import { istioJsonFormat, istioTextFormat, textFormat } from './default-formats.ts'
import { logLine } from './format.ts'

describe('Istio’s text format', () => {
  it('of a request that a function answered', () => {
    const headers = ['user-agent', 'curl/8', 'x-forwarded-for', '10.0.0.9', 'x-request-id', 'r-1']
    const cluster = 'outbound|80||a-00001.app.svc.cluster.local'
    expect(logLine(istioTextFormat, finishedRequest({ headers, route: 'default', durationMs: 12, waitedMs: 2 }))).toBe(
      '[2026-01-02T03:04:05.678Z] "GET /path?q=1 HTTP/1.1" 200 - via_upstream - "-" 0 5 12 10 "10.0.0.9" "curl/8" ' +
        `"r-1" "a.app.localhost" "/run/a.sock" ${cluster} - 127.0.0.1:80 10.0.0.9:0 - default\n`,
    )
  })

  it('of one that no route was found for: what there is not is a dash', () => {
    const nothing = { cluster: '', route: '', upstreamAddress: '', headers: [], revision: undefined }
    const line = logLine(
      istioTextFormat,
      finishedRequest({ ...nothing, status: 404, flags: 'NR', details: 'route_not_found' }),
    )
    expect(line).toBe(
      '[2026-01-02T03:04:05.678Z] "GET /path?q=1 HTTP/1.1" 404 NR route_not_found - "-" 0 5 10 - "-" "-" "-" ' +
        '"a.app.localhost" "-" - - 127.0.0.1:80 10.0.0.9:0 - -\n',
    )
  })

  it('names the path that the client asked for, where a rule has rewritten it', () => {
    const line = logLine(istioTextFormat, finishedRequest({ headers: ['x-envoy-original-path', '/api/path'] }))
    expect(line).toContain('"GET /api/path HTTP/1.1"')
  })
})

describe('Istio’s JSON format', () => {
  it('has numbers as numbers, and null for what there is not', () => {
    const fields = JSON.parse(logLine(istioJsonFormat, finishedRequest()))
    expect(Object.keys(fields)).toEqual(Object.keys(istioJsonFormat).sort())
    expect(fields).toMatchObject({
      ...{ response_code: 200, bytes_sent: 5, duration: 10, method: 'GET', request_id: 'r-1', response_flags: null },
      ...{ x_forwarded_for: null, upstream_transport_failure_reason: null, authority: 'a.app.localhost' },
    })
  })
})

describe('a format of one’s own', () => {
  const line = (format: string, json = false) => logLine(textFormat(format, json), finishedRequest())

  it.each([
    ['%REQ(USER-AGENT)% %RESPONSE_CODE%', 'curl 200\n'],
    ['%REQ(X-NONE?USER-AGENT)%', 'curl\n'],
    ['%REQ(USER-AGENT):2%', 'cu\n'],
    ['%PROTOCOL% 100%', 'HTTP/1.1 100%\n'],
    ['%NO_SUCH_OPERATOR% %REQ(x', '- %REQ(x\n'],
    ['ends\n', 'ends\n'],
  ])('%j gives %j', (format, expected) => {
    expect(line(format)).toBe(expected)
  })

  it('as JSON is a mapping of fields; what is none gives Istio’s', () => {
    expect(JSON.parse(line('{"code": "%RESPONSE_CODE%", "what": "%REQ(:METHOD)% %REQ(:PATH)%"}', true))).toEqual({
      ...{ code: 200, what: 'GET /path?q=1' },
    })
    expect(JSON.parse(line('just text', true))).toHaveProperty('upstream_cluster')
    expect(JSON.parse(line('{broken', true))).toHaveProperty('upstream_cluster')
  })

  it('cannot be broken by what a client sends', () => {
    const hostile = finishedRequest({ headers: ['user-agent', 'a"b%REQ(:PATH)%$&'] })
    expect(logLine(textFormat('%REQ(USER-AGENT)%', false), hostile)).toBe('a"b%REQ(:PATH)%$&\n')
    expect(JSON.parse(logLine({ agent: '%REQ(USER-AGENT)%' }, hostile))).toEqual({ agent: 'a"b%REQ(:PATH)%$&' })
  })
})

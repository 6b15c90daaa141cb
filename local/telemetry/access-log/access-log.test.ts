import { describe, expect, it } from 'vitest'
import { finishedConnection, finishedRequest } from '../finished-request.ts'
import { accessLog, loggedConnection } from './access-log.ts'
import { istioJsonFormat, istioTextFormat } from './default-formats.ts'
import { logLine } from './format.ts'

describe('a connection of bytes', () => {
  it('has a line of dashes where requests have words of HTTP', () => {
    expect(logLine(istioTextFormat, loggedConnection(finishedConnection()))).toBe(
      '[2026-01-02T03:04:05.678Z] "- - -" 0 - - - "-" 3 5 10 - "-" "-" "-" "-" "10.0.0.1:443" ' +
        'outbound|443||shop.test - 127.0.0.1:443 10.0.0.9:0 shop.test -\n',
    )
  })

  it('says why nobody was reached', () => {
    const lost = { flags: 'UF,URX', failure: 'delayed connect error: Connection refused', serverName: '' }
    const line = logLine(istioTextFormat, loggedConnection(finishedConnection(lost)))
    expect(line).toContain('"- - -" 0 UF,URX - - "delayed_connect_error:_Connection_refused" 3 5 10')
    expect(line).toContain('10.0.0.9:0 - -\n')
  })

  it('is null where it has no value in JSON', () => {
    const fields: unknown = JSON.parse(logLine(istioJsonFormat, loggedConnection(finishedConnection())))
    expect(fields).toMatchObject({
      ...{ method: null, path: null, protocol: null, authority: null, upstream_service_time: null },
      ...{ response_code: 0, response_flags: null, requested_server_name: 'shop.test', bytes_sent: 5 },
    })
  })
})

describe('the log', () => {
  function written(settings: Partial<Parameters<typeof accessLog>[0] extends () => infer S ? S : never>): string[] {
    const lines: string[] = []
    const log = accessLog(
      () => ({ enabled: true, format: '%RESPONSE_CODE%\n', ...settings }),
      line => lines.push(line),
    )
    log(finishedRequest({ status: 503 }))
    log(finishedRequest({ status: 200 }))
    log(loggedConnection(finishedConnection()))
    return lines
  }

  it('has a line for each', () => {
    expect(written({})).toEqual(['503\n', '200\n', '0\n'])
  })

  it('has none when nobody asks for it', () => {
    expect(written({ enabled: false })).toEqual([])
  })

  it('has those alone that the filter lets pass', () => {
    expect(written({ filter: status => status >= 500 })).toEqual(['503\n'])
  })
})

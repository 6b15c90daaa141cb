import { describe, expect, it } from 'vitest'
import { createLog } from './log.ts'

function collect(env: Record<string, string>) {
  const lines: Record<string, unknown>[] = []
  const log = createLog(env, line => {
    expect(line.endsWith('\n')).toBe(true)
    lines.push(JSON.parse(line))
  })
  return { lines, log }
}

describe('log lines', () => {
  it('OBS-36: have the keys of the originals, and service, revision and trace_id', () => {
    const { lines, log } = collect({ K_SERVICE: 'service-a', K_REVISION: 'service-a-00001' })
    function sendMessage() {
      log.info('hello', { trace_id: '463ac35c' })
    }
    sendMessage()
    expect(lines).toEqual([
      {
        function: 'sendMessage',
        level: 'info',
        line: expect.stringMatching(/^\d+$/),
        msg: 'hello',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        service: 'service-a',
        revision: 'service-a-00001',
        trace_id: '463ac35c',
      },
    ])
  })

  it.each([
    [undefined, ['info', 'warn', 'error']],
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['WARNING', ['warn', 'error']],
    ['silent', []],
    ['nonsense', ['info', 'warn', 'error']],
  ])('OBS-37: LOG_LEVEL=%s lets through %j', (level, expected) => {
    const { lines, log } = collect(level ? { LOG_LEVEL: level } : {})
    for (const write of [log.debug, log.info, log.warn, log.error]) write('x')
    expect(lines.map(each => each.level)).toEqual(expected)
  })

  it('survive values that JSON cannot hold', () => {
    const { lines, log } = collect({})
    const loop: Record<string, unknown> = {}
    loop.self = loop
    log.info('x', { loop, text: 'a\nb' })
    expect(lines).toHaveLength(1)
  })
})

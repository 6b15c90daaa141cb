import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
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

  it('name the place of each message, every time it is logged', () => {
    const { lines, log } = collect({})
    const first = () => log.info('first')
    const second = () => log.info('second')
    for (const write of [first, second, first, second]) write()
    expect(lines.map(each => each.function)).toEqual(['first', 'second', 'first', 'second'])
    expect(lines[0]?.line).toBe(lines[2]?.line)
    expect(Number(lines[1]?.line)).toBe(Number(lines[0]?.line) + 1)
  })

  it('name the right place however many other messages there were', () => {
    const { lines, log } = collect({})
    for (let count = 0; count < 1_500; count++) log.info(`message ${count}`)
    function last() {
      log.info('last')
      log.info('last')
    }
    last()
    expect(lines.slice(-2).map(each => each.function)).toEqual(['last', 'last'])
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

describe('lines on stdout', () => {
  it('are all there, in order, when the process ends at once or by an uncaught error', () => {
    const log = join(import.meta.dirname, 'log.ts')
    const program = `
      import { logOf } from ${JSON.stringify(log)}
      for (let count = 0; count < 500; count++) logOf({}).info('line', { count })
    `
    for (const ending of ['process.exit(0)', "throw new Error('crash')"]) {
      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program + ending], {
        encoding: 'utf8',
      })
      const counts = stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line).count)
      expect(counts).toEqual(Array.from({ length: 500 }, (_, count) => count))
    }
  })
})

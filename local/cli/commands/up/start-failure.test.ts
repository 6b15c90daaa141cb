import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { exitCodes, SkiffError } from '../../../kernel/errors.ts'
import { explainStart } from './start-failure.ts'

const system = (more: object) => Object.assign(new Error('the system said no'), more)
const explained = (error: unknown, ports: Record<number, number> = {}) =>
  explainStart(error, '/state', ports) as SkiffError

describe('a taken port', () => {
  it.each([
    ['plain HTTP', 8080, {}, '--gateway-port 80=PORT'],
    ['HTTPS', 8443, {}, '--gateway-port 443=PORT'],
    ['a small gateway port', 8022, {}, '--gateway-port 22=PORT'],
    ['a large gateway port', 15443, {}, '--gateway-port 15443=PORT'],
    ['one that was asked for', 9999, { 80: 9999 }, '--gateway-port 80=PORT'],
  ])('of %s is told with the flag that moves it', (_, port, ports, flag) => {
    const { message, exitCode } = explained(system({ code: 'EADDRINUSE', port }), ports)
    expect(message).toMatch(new RegExp(`^port ${port} is taken.*; name another with ${flag}$`))
    expect(exitCode).toBe(exitCodes.taken)
  })

  it('is found in what caused an error for the user', () => {
    const cause = system({ code: 'EADDRINUSE', port: 8080 })
    expect(explained(new SkiffError('cannot listen', exitCodes.failed, { cause })).message).toMatch(
      /^port 8080 is taken/,
    )
  })

  it.runIf(process.platform === 'linux')('is told with who has it', async () => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    expect(explained(system({ code: 'EADDRINUSE', port })).message).toContain(`(process ${process.pid})`)
    server.close()
  })

  it('that needs more rights is told as such', () => {
    const { message } = explained(system({ code: 'EACCES', port: 80 }), { 80: 80 })
    expect(message).toBe('port 80 needs more rights than this user has; name another with --gateway-port 80=PORT')
  })
})

describe('a state folder', () => {
  it.each([
    ['is on a read-only disk', { code: 'EROFS' }, 'the disk is read-only'],
    ['belongs to another user', { code: 'EACCES' }, 'permission denied'],
    ['is on a full disk', { code: 'ENOSPC' }, 'the disk is full'],
    ['has a file in its way', { code: 'ENOTDIR' }, 'a file is in the way'],
    ['has a full database', { errcode: 13 }, 'the disk is full'],
    ['has a damaged database', { errcode: 11 }, 'a database is damaged'],
    [
      'has a database that does not open, in SQLite’s longer words',
      { errcode: 14 | (2 << 8) },
      'a database cannot be opened',
    ],
  ])('that %s is told with the way out', (_, error, reason) => {
    const { message, exitCode } = explained(system(error))
    expect(message).toContain(`cannot write the state folder /state: ${reason}`)
    expect(message).toMatch(/\(the system said no\); name another with --state DIR$/)
    expect(exitCode).toBe(exitCodes.failed)
  })
})

it.each([
  ['one for the user', new SkiffError('as it is')],
  ['one nobody foresaw', new TypeError('x is not a function')],
  ['a system error that says nothing of disks', system({ code: 'ECONNRESET' })],
  ['no error at all', 'text'],
])('an error stays as it is: %s', (_, error) => expect(explainStart(error, '/state', {})).toBe(error))

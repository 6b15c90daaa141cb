import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { freePort } from '../world.ts'
import { originOf, targetOf } from './target.ts'

describe('a target', () => {
  it.each([
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['203.0.113.7:31380', 'http://203.0.113.7:31380'],
    ['https://shop.example', 'https://shop.example'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
  ])('%s is %s', (named, origin) => expect(originOf(named)).toBe(origin))

  it.each(['', 'ftp://a', 'http://a/path', 'http://a?x=1', 'http://me@a', 'http://a:99999', 'http://'])(
    '"%s" is none, and it says what would be',
    named => expect(() => originOf(named)).toThrow('should be http://HOST:PORT'),
  )

  it('that listens is taken', async () => {
    const server = createServer(socket => socket.destroy())
    const port = await freePort()
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
    expect(await targetOf(`127.0.0.1:${port}`, tmpdir())).toBe(`http://127.0.0.1:${port}`)
    server.close()
  })

  it('that is down is refused in one line', async () => {
    const port = await freePort()
    await expect(targetOf(`http://127.0.0.1:${port}`, tmpdir())).rejects.toThrow(
      `nothing answers at http://127.0.0.1:${port} (ECONNREFUSED); is it up, and the port right?`,
    )
  })
})

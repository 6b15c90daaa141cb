import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { holderOfPort } from './port-holder.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A server of this process; the port it listens on. */
async function listening(host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, host, resolve))
  ends.push(() => server.close())
  return (server.address() as { port: number }).port
}

describe.runIf(process.platform === 'linux')('who listens on a port', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::1', '::'])('is found at %s', async host => {
    expect(holderOfPort(await listening(host))?.pid).toBe(process.pid)
  })

  it('is told by the name of its program', async () => {
    const script = "const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))"
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    ends.push(async () => {
      child.kill()
      await once(child, 'exit')
    })
    const [port] = await once(child.stdout, 'data')
    expect(holderOfPort(Number(port))).toEqual({ pid: child.pid, command: expect.stringMatching(/node|Main/i) })
  })

  it('is nobody once it listens no more', async () => {
    const port = await listening('127.0.0.1')
    await ends.pop()?.()
    expect(holderOfPort(port)).toBeUndefined()
  })
})

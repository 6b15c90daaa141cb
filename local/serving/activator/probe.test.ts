import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { probe } from './probe.ts'

const folder = mkdtempSync(join(tmpdir(), 'probe-'))
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
  rmSync(folder, { recursive: true, force: true })
})

it('finds a socket that listens, and one that does not', async () => {
  const path = join(folder, 'a.sock')
  const server = createServer()
  servers.push(server)
  await new Promise<void>(resolve => server.listen(path, resolve))
  expect(await probe({ path, protocol: 'http1' })).toBe(true)
  expect(await probe({ path: `${path}-none`, protocol: 'http1' })).toBe(false)
})

it('finds a port that refuses', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  expect(await probe({ host: '127.0.0.1', port, protocol: 'http1' })).toBe(true)
  await new Promise(resolve => server.close(resolve))
  expect(await probe({ host: '127.0.0.1', port, protocol: 'http1' })).toBe(false)
})

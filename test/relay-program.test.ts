// A hop of the relay as a program of its own, without any platform.
import { spawn } from 'node:child_process'
import { expect, it } from 'vitest'
import { freePort } from '../load/world.ts'

it('AIR-43: a hop whose next one is unreachable says hello', async () => {
  const port = await freePort()
  const env = { PATH: process.env.PATH, PORT: String(port), SERVICE_NAME: 'x', UPSTREAM_URI: 'http://127.0.0.1:9/' }
  const child = spawn(process.execPath, ['functions/lib/serve.ts', 'relay/front'], { env })
  try {
    const hello = async () => (await fetch(`http://127.0.0.1:${port}/hello`).catch(() => undefined))?.text()
    await expect.poll(hello, { timeout: 15_000 }).toBe('{"hello":"world!"}')
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    expect(answer.status).toBe(502)
    expect(await answer.text()).toMatch(/^tooks \(\d+ ms\) x --getRespondFrom--> http:\/\/127\.0\.0\.1:9\/\n/)
  } finally {
    child.kill('SIGKILL')
  }
})

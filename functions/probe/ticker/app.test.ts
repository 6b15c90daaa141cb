import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'

it('sends one event when it starts', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const server = createServer((request, response) => {
    resolve(request.headers)
    response.writeHead(202).end()
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  process.env.K_SINK = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await import('./app.ts')
  expect(await promise).toMatchObject({ 'ce-id': 'tick-1', 'ce-type': 'tick' })
  delete process.env.K_SINK
  server.close()
})

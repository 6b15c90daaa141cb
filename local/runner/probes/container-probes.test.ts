import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Container } from '../../api/core/pod-spec.ts'
import { systemClock } from '../../kernel/clock.ts'
import { InstanceFailed } from '../../seams/instances.ts'
import type { RunningContainer } from '../container.ts'
import { probeContainer } from './container-probes.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A server that answers with one status after the other, the last one for ever; the port it listens on. */
async function answering(...statuses: number[]): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = []
  const listener: RequestListener = ({ url = '' }, response) => {
    const status = statuses[Math.min(asked.length, statuses.length - 1)] ?? 200
    asked.push(url)
    response.writeHead(status).end()
  }
  const server: Server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return { port: (server.address() as AddressInfo).port, asked }
}

/** Probes a container that listens on `port` for its port 8080. */
function probed(container: Partial<Container>, { port = 1, serves = true, listening = Promise.resolve() }) {
  const plan = { container, serves, containerPort: 8080, env: { PATH: process.env.PATH }, cwd: '/' }
  const address = { host: '127.0.0.1', port }
  const over = new AbortController()
  ends.push(() => over.abort())
  const dead: InstanceFailed[] = []
  const ready = probeContainer({ plan, address, listening } as unknown as RunningContainer, {
    ...{ clock: systemClock, signal: over.signal },
    dead: failure => void dead.push(failure),
    readinessChanged: () => {},
  })
  ready.catch(() => {})
  return { ready, over, dead }
}

const httpGet = (path: string, port?: number | string) => ({
  httpGet: { path, ...(port === undefined ? {} : { port }) },
})

describe('a container is ready', () => {
  it('once its readiness probe passes', async () => {
    const { port, asked } = await answering(503, 503, 200)
    await probed({ readinessProbe: httpGet('/healthz') }, { port }).ready
    expect(asked).toEqual(['/healthz', '/healthz', '/healthz'])
  })

  it('once it takes connections, where it serves and says nothing of readiness', async () => {
    const { port, asked } = await answering(500)
    await probed({}, { port }).ready
    expect(asked).toEqual([])
  })

  it('at once, where it does not serve and says nothing of readiness', async () => {
    await probed({}, { serves: false }).ready
  })

  it('not before it listens', async () => {
    const { port, asked } = await answering(200)
    const listening = Promise.withResolvers<void>()
    const { ready } = probed({ readinessProbe: httpGet('/') }, { port, listening: listening.promise })
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(asked).toEqual([])
    listening.resolve()
    await ready
  })
})

describe('the port of a probe', () => {
  it.each([
    ['left out', undefined],
    ['0', 0],
    ['the one it is declared with', 8080],
    ['the same as text', '8080'],
    ['its name', 'http1'],
  ])('is wherever the container really listens: %s', async (_, wanted) => {
    const { port, asked } = await answering(200)
    const ports = [{ name: 'http1', containerPort: 8080 }]
    await probed({ ports, readinessProbe: httpGet('/', wanted) }, { port }).ready
    expect(asked).toEqual(['/'])
  })

  it('may be another one of this machine, by number or by name', async () => {
    const [own, other] = [await answering(500), await answering(200)]
    const ports = [{ containerPort: 8080 }, { name: 'admin', containerPort: other.port }]
    for (const wanted of [other.port, 'admin']) {
      await probed({ ports, readinessProbe: httpGet('/admin', wanted) }, { port: own.port }).ready
    }
    expect([own.asked, other.asked]).toEqual([[], ['/admin', '/admin']])
  })
})

describe('a container that fails', () => {
  it('to start is told with the probe and its flaw, and never asked whether it is ready', async () => {
    const { port, asked } = await answering(500)
    const startupProbe = { ...httpGet('/started'), failureThreshold: 1, periodSeconds: 1 }
    const { ready } = probed({ startupProbe, readinessProbe: httpGet('/ready') }, { port })
    const error = await ready.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(InstanceFailed)
    expect((error as InstanceFailed).failure).toEqual({
      ...{ reason: 'ProbeFailed', message: expect.stringMatching(/^Startup probe failed: .*500/) },
    })
    expect(asked).toEqual(['/started'])
  })

  it('while it lives is told once it was ready', async () => {
    const { port } = await answering(500)
    const livenessProbe = { ...httpGet('/alive'), failureThreshold: 1, periodSeconds: 1 }
    const { ready, dead } = probed({ livenessProbe }, { port })
    await ready
    while (dead.length === 0) await new Promise(resolve => setTimeout(resolve, 10))
    expect(dead[0]?.failure.message).toMatch(/^Liveness probe failed: .*500/)
  })

  it('to get ready before it is stopped is asked no more', async () => {
    const { port, asked } = await answering(503)
    const { ready, over } = probed({ readinessProbe: httpGet('/') }, { port })
    while (asked.length < 2) await new Promise(resolve => setTimeout(resolve, 5))
    over.abort()
    await expect(ready).rejects.toThrow()
    const { length } = asked
    await new Promise(resolve => setTimeout(resolve, 60))
    expect(asked.length - length).toBeLessThanOrEqual(1)
  })
})

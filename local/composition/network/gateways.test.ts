import { describe, expect, it } from 'vitest'
import { GatewayPorts, localPort } from './gateways.ts'

it.each([
  [80, 8_080],
  [443, 8_443],
  [81, 8_081],
  [1_023, 9_023],
  [1_024, 1_024],
  [15_443, 15_443],
])('gateway port %d is local port %d', (gateway, local) => expect(localPort(gateway)).toBe(local))

describe('the ports of the gateway', () => {
  /** A mesh whose machine has some local ports taken by others. */
  function machine({ wanted = {}, taken = [] }: { wanted?: Record<number, number>; taken?: number[] } = {}) {
    const open = new Set<number>()
    const logged: string[] = []
    let changes = 0
    const gateways = new GatewayPorts({
      mesh: {
        async listen({ port }) {
          if (taken.includes(port)) throw new Error(`port ${port} on 127.0.0.1 is taken by another program`)
          open.add(port)
          return { port, close: async () => void open.delete(port) }
        },
      },
      log: (_level, message) => void logged.push(message),
      wanted,
      changed: () => void changes++,
    })
    return { gateways, open, logged, changes: () => changes }
  }

  it('are plain HTTP and, for development, HTTPS before any Gateway says so', async () => {
    const { gateways } = machine()
    await gateways.openFirst()
    expect(gateways.ports).toEqual({ 80: 8_080, 443: 8_443 })
  })

  it('are those asked for', async () => {
    const { gateways } = machine({ wanted: { 80: 9_080, 443: 9_443, 8000: 9_000 } })
    await gateways.openFirst()
    expect(gateways.ports).toEqual({ 80: 9_080, 443: 9_443, 8000: 9_000 })
  })

  it.each([
    ['plain HTTP', {}, 8_080],
    ['one that was asked for', { 443: 9_443 }, 9_443],
  ])('refuse to start when the port of %s is taken', async (_which, wanted, port) => {
    await expect(machine({ wanted, taken: [port] }).gateways.openFirst()).rejects.toThrow(`port ${port}`)
  })

  it('do without HTTPS when nobody asked for its port and it is taken: the log says how to have it', async () => {
    const { gateways, logged } = machine({ taken: [8_443] })
    await gateways.openFirst()
    expect(gateways.ports).toEqual({ 80: 8_080 })
    expect(logged).toEqual([
      'gateway port 443 is not served: port 8443 on 127.0.0.1 is taken by another program; ' +
        'skiff up --gateway-port 443=M gives it another one',
    ])
  })

  it('follow the Gateways, and keep those that are always open', async () => {
    const { gateways, open, changes } = machine()
    await gateways.openFirst()
    gateways.follow([80, 8_000, 8_081])
    await gateways.settled()
    expect([...open].toSorted()).toEqual([8_000, 8_080, 8_443])
    gateways.follow([80])
    await gateways.settled()
    expect([...open].toSorted()).toEqual([8_080, 8_443])
    expect(changes()).toBe(2)
  })
})

// The servers in use: brokers with the same address share one.
import type { RabbitmqAddress } from './address.ts'
import { RabbitmqServer, type ServerOptions } from './server.ts'

export interface ServersOptions extends Omit<ServerOptions, 'address' | 'changed'> {
  changed(server: RabbitmqServer): void
}

export class RabbitmqServers {
  readonly #options: ServersOptions
  readonly #used = new Map<string, { server: RabbitmqServer; users: number }>()

  constructor(options: ServersOptions) {
    this.#options = options
  }

  /** The server at that address, until as many times `release`. */
  of(address: RabbitmqAddress): RabbitmqServer {
    const key = JSON.stringify(address)
    const used = this.#used.get(key) ?? { server: this.#open(address), users: 0 }
    used.users++
    this.#used.set(key, used)
    return used.server
  }

  release(server: RabbitmqServer): void {
    for (const [key, used] of this.#used) {
      if (used.server !== server) continue
      used.users--
      if (used.users > 0) return
      this.#used.delete(key)
      void server.close()
    }
  }

  async close(): Promise<void> {
    const servers = [...this.#used.values()].map(({ server }) => server)
    this.#used.clear()
    await Promise.all(servers.map(server => server.close()))
  }

  #open(address: RabbitmqAddress): RabbitmqServer {
    const server: RabbitmqServer = new RabbitmqServer({
      ...this.#options,
      address,
      changed: () => this.#options.changed(server),
    })
    return server
  }
}

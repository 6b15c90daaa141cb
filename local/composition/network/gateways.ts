// The ports of the ingress gateway on this machine: one for each gateway port that a Gateway opens.
import { messageOf } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/log.ts'
import type { Mesh, OpenPort } from '../../mesh/mesh.ts'

/** Open whatever the Gateways say: everything starts here. */
const plainHttp = 80
/** Open too, for development: where its port is taken the runtime goes on without it. */
const developmentHttps = 443
/** The cluster's own gateway has no address outside of it. */
const clusterLocalPort = 8_081

/** The local port of a gateway port: 80 → 8080, 443 → 8443, below 1024 N + 8000, else N itself. */
export function localPort(gatewayPort: number): number {
  if (gatewayPort === 80) return 8_080
  if (gatewayPort === 443) return 8_443
  return gatewayPort < 1_024 ? gatewayPort + 8_000 : gatewayPort
}

export interface GatewayPortsOptions {
  mesh: Pick<Mesh, 'listen'>
  log: Log
  /** Local ports that were asked for, by gateway port; 0 takes a free one. */
  wanted: Readonly<Record<number, number>>
  /** The open ports have changed. */
  changed(ports: Readonly<Record<number, number>>): void
}

export class GatewayPorts {
  readonly #options: GatewayPortsOptions
  readonly #open = new Map<number, OpenPort>()
  readonly #failed = new Set<number>()
  #needed: ReadonlySet<number> = new Set()
  #work: Promise<void> = Promise.resolve()

  constructor(options: GatewayPortsOptions) {
    this.#options = options
  }

  /** Local ports by gateway port. */
  get ports(): Record<number, number> {
    return Object.fromEntries(Array.from(this.#open, ([gatewayPort, { port }]) => [gatewayPort, port]))
  }

  /** Opens plain HTTP, every port that was asked for (rejects with a sentence naming one that is taken) and HTTPS. */
  async openFirst(): Promise<void> {
    for (const port of this.#asked()) await this.#openPort(port)
    if (!this.#open.has(developmentHttps)) await this.#tryToOpen(developmentHttps)
  }

  /** Opens what the Gateways name now and closes what none of them names any more. A taken port is told in the log. */
  follow(gatewayPorts: Iterable<number>): void {
    this.#needed = new Set(
      [...this.#asked(), developmentHttps, ...gatewayPorts].filter(port => port !== clusterLocalPort),
    )
    this.#work = this.#work.then(() => this.#adjust())
  }

  /** Resolves when everything asked for by `follow` so far is done. */
  settled(): Promise<void> {
    return this.#work
  }

  #asked(): number[] {
    return [...new Set([plainHttp, ...Object.keys(this.#options.wanted).map(Number)])]
  }

  async #adjust(): Promise<void> {
    const before = this.#open.size
    let changed = false
    for (const [gatewayPort, open] of [...this.#open]) {
      if (this.#needed.has(gatewayPort)) continue
      this.#open.delete(gatewayPort)
      changed = true
      void open.close()
    }
    for (const gatewayPort of this.#failed) if (!this.#needed.has(gatewayPort)) this.#failed.delete(gatewayPort)
    for (const gatewayPort of this.#needed) {
      if (!this.#open.has(gatewayPort) && !this.#failed.has(gatewayPort)) await this.#tryToOpen(gatewayPort)
    }
    if (changed || this.#open.size !== before) this.#options.changed(this.ports)
  }

  async #tryToOpen(gatewayPort: number): Promise<void> {
    try {
      await this.#openPort(gatewayPort)
    } catch (error) {
      this.#failed.add(gatewayPort)
      const way = `skiff up --gateway-port ${gatewayPort}=M gives it another one`
      this.#options.log('error', `gateway port ${gatewayPort} is not served: ${messageOf(error)}; ${way}`)
    }
  }

  async #openPort(gatewayPort: number): Promise<void> {
    const { mesh, wanted } = this.#options
    const port = wanted[gatewayPort] ?? localPort(gatewayPort)
    this.#open.set(gatewayPort, await mesh.listen({ port, gatewayPort }))
  }
}

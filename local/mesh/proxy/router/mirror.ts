// Mirrored copies of a request: sent when it is whole, their answers thrown away, their failures invisible.
import type { HeaderList } from '../../codec/head.ts'
import { joinedValue, setInPlace } from '../../codec/header-lines.ts'
import type { Cluster } from '../../table/cluster.ts'
import type { ForwardAction } from '../../table/route.ts'
import type { AttemptClient, TunnelEnd } from '../client.ts'
import { drawn } from '../filters/fault.ts'
import { HeldBody, mostReplayedBytes } from '../held-body.ts'
import { clustersOf, type Hop } from '../hop.ts'
import { beginAttempt } from '../upstream/attempt.ts'
import { balancedRequest, isPendingPlacement } from './placing.ts'

const ownAddress = '127.0.0.1'

/** What the route's mirrors get of one request; the body is gathered as it passes. */
export class MirrorCopies {
  readonly #hop: Hop
  readonly #clusters: readonly Cluster[]
  readonly #timeoutMs: number
  readonly #body = new HeldBody(mostReplayedBytes)
  #sent = false

  constructor(hop: Hop, clusters: readonly Cluster[], timeoutMs: number) {
    this.#hop = hop
    this.#clusters = clusters
    this.#timeoutMs = timeoutMs
  }

  body(data: Buffer): void {
    this.#body.holdForReplay(data)
  }

  /** The request is whole. One too large to keep is not mirrored. */
  end(trailers: HeaderList): void {
    if (this.#sent || !this.#body.whole) return
    this.#sent = true
    for (const cluster of this.#clusters) this.#send(cluster, trailers)
  }

  #send(cluster: Cluster, trailers: HeaderList): void {
    const hop = copyOf(this.#hop, this.#timeoutMs)
    const placed = hop.wire.balancer.place(cluster, balancedRequest(hop, cluster, []))
    if (typeof placed === 'string') return
    if (isPendingPlacement(placed)) {
      placed.cancel()
      return
    }
    const client = new Unheard(status => placed.done(status === 0 ? { kind: 'reset' } : { kind: 'status', status }))
    const exchange = beginAttempt(hop, cluster, placed.endpoint, client)
    for (const part of this.#body.parts) exchange?.body(part)
    exchange?.end(trailers)
    exchange?.flush()
  }
}

/** The mirrors drawn for a request, each by its own percentage; undefined for none, the usual case. */
export function drawMirrors(hop: Hop, { mirrors, timeoutMs }: ForwardAction): MirrorCopies | undefined {
  if (mirrors.length === 0) return undefined
  const clusters = mirrors
    .filter(({ percent }) => drawn(percent, hop.wire.random))
    .flatMap(({ cluster }) => clustersOf(hop).get(cluster) ?? [])
  return clusters.length > 0 ? new MirrorCopies(hop, clusters, timeoutMs) : undefined
}

/**
 * As Envoy's shadow requests: the proxy's own address joins the way, the copy is marked as internal, and it is tried
 * once, within the time of the whole route.
 */
function copyOf(hop: Hop, timeoutMs: number): Hop {
  const headers = [...hop.headers]
  const way = joinedValue(headers, 'x-forwarded-for')
  if (way !== undefined) setInPlace(headers, 'x-forwarded-for', `${way},${ownAddress}`)
  setInPlace(headers, 'x-envoy-internal', 'true')
  if (timeoutMs > 0) setInPlace(headers, 'x-envoy-expected-rq-timeout-ms', String(timeoutMs))
  if (way === undefined) headers.push('x-forwarded-for', ownAddress)
  return { ...hop, headers }
}

class Unheard implements AttemptClient {
  readonly #done: (status: number) => void
  #status = 0
  #over = false

  constructor(done: (status: number) => void) {
    this.#done = done
  }

  head({ status }: { status: number }): void {
    this.#status = status
  }

  interim(): void {}

  body(): void {}

  end(): void {
    this.#finish()
  }

  flush(): boolean {
    return true
  }

  cut(): void {
    this.#finish()
  }

  failed(): void {
    this.#finish()
  }

  resume(): void {}

  tunnel(_head: unknown, upstream: TunnelEnd): void {
    upstream.destroy()
    this.#finish()
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#done(this.#status)
  }
}

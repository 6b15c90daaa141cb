// Whether an instance that refused a connection takes connections again.
import { connect } from 'node:net'
import type { Endpoint } from '../../seams/upstreams.ts'

const patienceMs = 1_000

/** True when a connection to the endpoint succeeds within a second. */
export function probe(endpoint: Endpoint): Promise<boolean> {
  return new Promise(resolve => {
    const socket = 'path' in endpoint ? connect(endpoint.path) : connect(endpoint.port, endpoint.host)
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(patienceMs, () => end(false))
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}

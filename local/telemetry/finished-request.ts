// For tests: a request, or a connection, as the mesh tells of it when it is over.
import type { FinishedConnection } from '../seams/finished-connection.ts'
import type { FinishedRequest } from '../seams/finished-request.ts'

/** One that a function answered 200 in 10 ms, at the gateway; `more` says what is different. */
export function finishedRequest(more: Partial<FinishedRequest> = {}): FinishedRequest {
  return {
    ...{ startedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678), durationMs: 10, door: 'gateway', port: 80 },
    ...{
      method: 'GET',
      host: 'a.app.localhost',
      target: '/path?q=1',
      status: 200,
      flags: '-',
      details: 'via_upstream',
    },
    ...{ route: 'r', cluster: 'outbound|80||a-00001.app.svc.cluster.local', upstreamAddress: '/run/a.sock' },
    ...{ revision: { namespace: 'app', revision: 'a-00001' }, caller: undefined, receivedBytes: 0, sentBytes: 5 },
    ...{ headers: ['user-agent', 'curl', 'x-request-id', 'r-1'], peer: '10.0.0.9', contentType: '' },
    ...{ instance: 'a-00001-deployment-x', waitedMs: 0, span: undefined },
    ...more,
  }
}

/** A connection of TLS that the gateway passed on, 10 ms long; `more` says what is different. */
export function finishedConnection(more: Partial<FinishedConnection> = {}): FinishedConnection {
  return {
    ...{ startedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678), durationMs: 10, door: 'gateway', port: 443, flags: '-' },
    ...{ failure: '', serverName: 'shop.test', cluster: 'outbound|443||shop.test', upstreamAddress: '10.0.0.1:443' },
    ...{ caller: undefined, peer: '10.0.0.9', receivedBytes: 3, sentBytes: 5 },
    ...more,
  }
}

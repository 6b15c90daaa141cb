// The mesh's access log: a line a request and hop, and a connection of bytes, where MeshConfig or a Telemetry asks for one.
import type { FinishedConnection } from '../../seams/finished-connection.ts'
import type { FinishedRequest } from '../../seams/finished-request.ts'
import type { LogFormat } from './default-formats.ts'
import { type Logged, logLine } from './format.ts'

export interface AccessLogSettings {
  enabled: boolean
  format: LogFormat
  /** Statuses to log; all without it. */
  filter?: (status: number) => boolean
}

/** Writes the line of a request that is over, if it is to have one. */
export function accessLog(settings: () => AccessLogSettings, write: (line: string) => void) {
  return (request: Logged): void => {
    const { enabled, format, filter } = settings()
    if (enabled && (!filter || filter(request.status))) write(logLine(format, request))
  }
}

const nothingOfHttp: Pick<FinishedRequest, 'method' | 'host' | 'target' | 'details' | 'route' | 'contentType'> = {
  ...{ method: '', host: '', target: '', details: '', route: '', contentType: '' },
}

/** With Envoy's status 0, and no word of what only requests have. */
export function loggedConnection(connection: FinishedConnection): Logged {
  const { startedAt, durationMs, door, port, flags, cluster, upstreamAddress, caller, peer } = connection
  const { receivedBytes, sentBytes } = connection
  return {
    ...{ startedAt, durationMs, door, port, flags, cluster, upstreamAddress, caller, peer, receivedBytes, sentBytes },
    ...{ ...nothingOfHttp, status: 0, revision: undefined, headers: [], instance: '', waitedMs: 0, span: undefined },
    connection,
  }
}

// The mesh's access log: a line a request and hop, where MeshConfig or a Telemetry asks for one.
import type { FinishedRequest } from '../request.ts'
import type { LogFormat } from './default-formats.ts'
import { logLine } from './format.ts'

export interface AccessLogSettings {
  enabled: boolean
  format: LogFormat
  /** Statuses to log; all without it. */
  filter?: (status: number) => boolean
}

/** Writes the line of a request that is over, if it is to have one. */
export function accessLog(settings: () => AccessLogSettings, write: (line: string) => void) {
  return (request: FinishedRequest): void => {
    const { enabled, format, filter } = settings()
    if (enabled && (!filter || filter(request.status))) write(logLine(format, request))
  }
}

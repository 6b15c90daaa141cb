// Endpoints of the runtime for its telemetry: metrics beside the API, and the traces it keeps.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { traceSummary, traceView } from '../../telemetry/tracing/trace-view.ts'
import { answer, type Handler, queryOf, refuse } from './answer.ts'

const defaultLimit = 20

/** Handlers by path. */
export function telemetryEndpoints({ metrics, traces }: Telemetry): ReadonlyMap<string, Handler> {
  return new Map<string, Handler>([
    [
      '/metrics',
      async (_request, response) => {
        const { contentType, text } = await metrics()
        response.writeHead(200, { 'content-type': contentType }).end(text)
      },
    ],
    ['/skiff/traces', (request, response) => showTraces(traces, request, response)],
  ])
}

/** Query: `id` (of a trace, or of a request or event in it) for one with its spans; else `limit` of the newest. */
function showTraces(traces: Telemetry['traces'], request: IncomingMessage, response: ServerResponse): void {
  const searchParams = queryOf(request)
  const id = searchParams.get('id')
  if (id !== null) {
    const trace = traces.find(id)
    if (trace) answer(response, 200, traceView(trace))
    else refuse(response, 'NotFound', `no trace with the id ${id}, of itself or of a request or event in it`)
    return
  }
  const limit = Number(searchParams.get('limit') ?? defaultLimit)
  if (Number.isInteger(limit) && limit > 0) answer(response, 200, traces.list().slice(-limit).map(traceSummary))
  else refuse(response, 'BadRequest', 'limit must be a whole number above 0')
}

// The brokers' ingress: takes CloudEvents at /NAMESPACE/NAME and answers 202 once they are on disk.
import { messageOf } from '../../kernel/errors.ts'
import type { InternalRequest, InternalResponse, InternalService } from '../../seams/internal-service.ts'
import { type CloudEvent, NotACloudEvent } from '../cloudevents/event.ts'
import { decodeMessage } from '../cloudevents/message.ts'
import { LogFull } from '../log/capacity.ts'
import type { LoggedEvent } from '../log/record.ts'
import { arrived } from './arrival.ts'
import { passedHeaders } from './passed-headers.ts'

export interface IngressOptions {
  maxBodyBytes: number
  now(): number
  /** True when that broker exists and takes events. `broker` is `NAMESPACE/NAME`. */
  knows(broker: string): boolean
  /** Resolves when all of them are on disk; rejects with `LogFull` at the log's bound. */
  append(broker: string, events: readonly LoggedEvent[]): Promise<unknown>
  /** Told of each refusal that is not the sender's fault. */
  warn(message: string): void
}

/** What both ingresses say of themselves in every answer. */
export const allow = ['allow', 'POST, OPTIONS'] as const
const webhook = ['webhook-allowed-origin', '*', 'webhook-allowed-rate', '*']
const retryAfterSeconds = '1'

/** The ingress as an internal service (eventing pkg/broker/ingress/ingress_handler.go, and batches besides). */
export function createIngress(options: IngressOptions): InternalService {
  return {
    maxBodyBytes: options.maxBodyBytes,
    handle(request) {
      if (request.method === 'OPTIONS') return answer(200, [...allow, ...webhook])
      if (request.method !== 'POST') return answer(405)
      const broker = brokerOf(request.target)
      if (broker === undefined || !options.knows(broker)) return answer(404)
      if (request.body.length > options.maxBodyBytes) return answer(413)
      return receive(options, broker, request)
    },
  }
}

async function receive(options: IngressOptions, broker: string, request: InternalRequest): Promise<InternalResponse> {
  try {
    const batch = takeEvents(request)
    await options.append(
      broker,
      batch.map(({ event, headers }) => ({ event: kept(event, options.now()), headers })),
    )
    return answer(202)
  } catch (error) {
    return refusal(error, `broker ${broker}`, options.warn)
  }
}

/** The events of a request, with the headers that travel with them. Throws `NotACloudEvent`. */
export function takeEvents({ headers, body }: InternalRequest): LoggedEvent[] {
  const passed = passedHeaders(headers)
  return decodeMessage(headers, body).map(event => ({ event, headers: passed }))
}

/** The answer to a request that could not be taken; `where` it came to is told with what is not the sender's fault. */
export function refusal(error: unknown, where: string, warn: IngressOptions['warn']): InternalResponse {
  if (error instanceof NotACloudEvent) {
    return answer(400, [...allow, 'content-type', 'text/plain; charset=utf-8'], error.message)
  }
  if (error instanceof LogFull) return answer(429, [...allow, 'retry-after', retryAfterSeconds])
  warn(`${where}: ${messageOf(error)}`)
  return answer(503, [...allow, 'retry-after', retryAfterSeconds])
}

function kept(event: CloudEvent, now: number): CloudEvent {
  const taken = arrived(event, now)
  if (!taken) throw new NotACloudEvent('knativebrokerttl is used up: the event went round too often')
  return taken
}

/** `NAMESPACE/NAME` of a target such as `/greeting/greetings`, with or without a slash at the end. */
function brokerOf(target: string): string | undefined {
  return /^\/([^/?]+\/[^/?]+)\/?(?:\?|$)/.exec(target)?.[1]
}

export function answer(status: number, headers: readonly string[] = allow, body = ''): InternalResponse {
  return { status, headers, body }
}

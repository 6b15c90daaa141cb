// One gRPC call from the connection it came on to the gRPC server behind it: headers, messages, trailers and resets.
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'

export interface RelayOptions {
  /** Headers of each answer, whatever the handler says. */
  stamps: Record<string, string>
  /** Told the gRPC status of each answer. */
  count(grpcStatus: string): void
}

/**
 * Carries a stream. The gRPC server takes whole connections only, while one connection of a proxy carries plain
 * requests beside gRPC: hence a connection in memory for the gRPC streams of each.
 */
export function relayStream(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  session: ClientHttp2Session,
  { stamps, count }: RelayOptions,
): void {
  const call = session.request(headers, { endStream: stream.endAfterHeaders })
  let trailers: IncomingHttpHeaders = {}
  call.on('response', (answer, flags) => {
    if (stream.destroyed) return
    const isWhole = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    if (isWhole) count(statusOf(answer))
    stream.respond({ ...answer, ...stamps }, isWhole ? { endStream: true } : { waitForTrailers: true })
    // Not before: messages may be there ahead of the event that tells the headers.
    call.pipe(stream)
  })
  call.on('trailers', given => {
    trailers = given
    count(statusOf(given))
  })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  handOnResets(stream, call)
  stream.pipe(call)
}

/** Whichever side is given up, the other is told with the same code: a cancelled call stops its handler. */
function handOnResets(stream: ServerHttp2Stream, call: ClientHttp2Stream): void {
  call.on('error', () => {})
  stream.on('close', () => {
    if (!call.closed) call.close(stream.rstCode || constants.NGHTTP2_CANCEL)
  })
  call.on('close', () => {
    if (!stream.closed && call.rstCode !== constants.NGHTTP2_NO_ERROR) stream.close(call.rstCode)
  })
}

function statusOf(headers: IncomingHttpHeaders): string {
  return String(headers['grpc-status'] ?? 'none')
}

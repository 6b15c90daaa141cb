// Functions that are gRPC services: what they export, and the server that runs it.

import type { Duplex } from 'node:stream'
import type {
  handleUnaryCall,
  Metadata,
  ServerUnaryCall,
  ServiceDefinition,
  StatusObject,
  UntypedServiceImplementation,
} from '@grpc/grpc-js'
import type { Env } from './env.ts'
import type { Background } from './function-module.ts'
import { logOf } from './log.ts'
import { propagate, traceId } from './propagation.ts'

/** A service as `@grpc/proto-loader` defines it, and the handlers of its methods. */
export interface GrpcService {
  definition: ServiceDefinition
  handlers: UntypedServiceImplementation
}

/** What a function's module may export as `grpc`: its services, made once, when it starts. */
export type GrpcExport = (env: Env, background: Background) => readonly GrpcService[] | Promise<readonly GrpcService[]>

export interface GrpcServer {
  /** Serves a connection, from its first byte. */
  take(connection: Duplex): void
  close(): void
}

/** Makes a server of the services; the gRPC library is loaded only now. Rejects when two services share a method. */
export async function grpcServer(services: readonly GrpcService[]): Promise<GrpcServer> {
  const { Server, ServerCredentials } = await import('@grpc/grpc-js')
  const server = new Server()
  for (const { definition, handlers } of services) server.addService(definition, handlers)
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  return { take: injector.injectConnection, close: () => server.forceShutdown() }
}

export interface UnaryAnswer<Response> {
  message: Response
  /** Sent before the message. */
  metadata?: Metadata
}

/**
 * The handler of a method with one message each way. What `answer` throws is the status when it carries a code, else
 * INTERNAL, of which the client is told nothing more and the log everything.
 */
export function unary<Request, Response>(
  env: Env,
  answer: (call: ServerUnaryCall<Request, Response>) => Promise<UnaryAnswer<Response>>,
): handleUnaryCall<Request, Response> {
  return (call, reply) => {
    answer(call).then(
      ({ message, metadata }) => {
        if (metadata) call.sendMetadata(metadata)
        reply(null, message)
      },
      (error: unknown) => reply(statusOf(error) ?? internal(env, call, error)),
    )
  }
}

/** An error that is an answer. */
export function grpcFailure(code: number, details: string): Error & Pick<StatusObject, 'code' | 'details'> {
  return Object.assign(new Error(details), { code, details })
}

function statusOf(error: unknown): Partial<StatusObject> | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') return undefined
  return { code: error.code, details: 'details' in error ? String(error.details) : error.message }
}

const internalCode = 13

function internal(env: Env, call: { getPath(): string; metadata: Metadata }, error: unknown): Partial<StatusObject> {
  logOf(env).error('a gRPC handler failed', {
    method: call.getPath(),
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    trace_id: traceId(propagate(headersOf(call.metadata))),
  })
  return { code: internalCode, details: 'Internal Error' }
}

/** Metadata, read as headers are. */
export function headersOf(metadata: Metadata): { get(name: string): string | null } {
  return { get: name => metadata.get(name)[0]?.toString() ?? null }
}

// gRPC calls to other services: one channel a target, a deadline on each call, no retries (those belong to the mesh).
import type { CallOptions, Client, Metadata, MethodDefinition, ServiceError } from '@grpc/grpc-js'
import { defaultTimeoutMs } from './call.ts'
import { type Env, perEnv } from './env.ts'

export interface GrpcCall {
  /** Sent as metadata. */
  headers: Readonly<Record<string, string>>
  /** When the call ends, in milliseconds since the epoch; without one, or at Infinity, after the time any call is given. */
  deadline?: number
  /** The call that is being answered: this one ends with it, when it is cancelled or its deadline passes. */
  parent?: CallOptions['parent']
}

export interface GrpcAnswer<Response> {
  message: Response
  /** What the service sent before its message. */
  metadata: Metadata
}

/** The channels of an environment, by target. */
const channels = perEnv('grpc.channels', () => new Map<string, Client>())

/**
 * Calls a method of the service at `url` (`http://HOST[:PORT]`). Rejects with a `ServiceError`, whose `code` is the gRPC
 * status. The proxy that `grpc_proxy` names is used by the library itself.
 */
export async function callUnary<Request, Response>(
  env: Env,
  url: string,
  method: MethodDefinition<Request, Response>,
  message: Request,
  options: GrpcCall,
): Promise<GrpcAnswer<Response>> {
  const { Metadata } = await import('@grpc/grpc-js')
  const client = await channel(env, targetOf(url))
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(options.headers)) metadata.set(name, value)
  const given = options.deadline ?? Infinity
  const deadline = given === Infinity ? Date.now() + defaultTimeoutMs : given
  const { path, requestSerialize, responseDeserialize } = method
  return new Promise((resolve, reject) => {
    let initial = new Metadata()
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      message,
      metadata,
      { deadline, parent: options.parent },
      (error: ServiceError | null, answer?: Response) =>
        error ? reject(error) : resolve({ message: answer as Response, metadata: initial }),
    )
    call.on('metadata', given => {
      initial = given
    })
  })
}

async function channel(env: Env, target: string): Promise<Client> {
  const { Client, credentials } = await import('@grpc/grpc-js')
  const known = channels(env).get(target)
  if (known) return known
  const made = new Client(target, credentials.createInsecure(), { 'grpc.enable_retries': 0 })
  channels(env).set(target, made)
  return made
}

/** Host and port of an address written as a URL. */
function targetOf(url: string): string {
  const { host, port } = new URL(url)
  return port ? host : `${host}:80`
}

/** Closes the channels; calls in flight end first. */
export function closeChannels(env: Env): void {
  for (const client of channels(env).values()) client.close()
  channels(env).clear()
}

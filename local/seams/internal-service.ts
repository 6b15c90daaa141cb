// Services that live in the runtime itself, as eventing's ingresses do: the mesh hands them requests in memory, bodies whole.
import type { Identity } from './identity.ts'

export interface InternalRequest {
  method: string
  /** As the last hop left it, port included. */
  host: string
  /** Path and query. */
  target: string
  /** Names in lower case, in the order received: `[name, value, name, value, …]`. */
  headers: readonly string[]
  body: Buffer
  /** Left out when the call came from outside through the ingress. */
  caller?: Identity | undefined
}

export interface InternalResponse {
  status: number
  headers: readonly string[]
  body: Buffer | string
}

export interface InternalService {
  /** Bodies longer than this are answered 413. In bytes. */
  readonly maxBodyBytes: number
  handle(request: InternalRequest): InternalResponse | Promise<InternalResponse>
}

/** Thrown by a service in place of an answer: its connection breaks off, which routes may try again. */
export class BrokenConnection extends Error {}

// What eventing needs of the mesh: one HTTP request to a cluster address, bodies whole.

export interface SendRequest {
  method: 'POST'
  /** Absolute: `http://service-f.greeting.svc.cluster.local/events`. */
  url: string
  /** `[name, value, name, value, …]`, names in lower case. */
  headers: readonly string[]
  body: Buffer
  /** Milliseconds until the attempt counts as failed. */
  timeoutMs: number
}

export interface SendResponse {
  status: number
  /** As in a request. */
  headers: readonly string[]
  body: Buffer
}

/** Rejects when no answer came at all: refused, reset, timed out. */
export type Send = (request: SendRequest) => Promise<SendResponse>

// One HTTP request to a cluster address, bodies whole: eventing sends its events so, the mesh carries them.

export interface SendRequest {
  method: string
  /** Absolute: `http://service-f.greeting.svc.cluster.local/events`. */
  url: string
  /** `[name, value, name, value, …]`, names in lower case. */
  headers: readonly string[]
  body: Buffer
  /** Milliseconds until the attempt counts as failed; 0 is never. */
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

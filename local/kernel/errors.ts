// Every refusal in one shape: what, where (file:line or field path), what would be right, and whose turn it is.

/** Exit codes of the command line (contracts: 0 done, 1 failed, 2 wrong usage, …). */
export const exitCodes = { failed: 1, usage: 2, refused: 3, notRunning: 4, taken: 5 } as const

/** A flaw of one field. `path` is written as Knative writes it: `spec.traffic[0].tag`. */
export interface FieldError {
  path: string
  /** The sentence before the path, in Knative's words where Knative has some. */
  message: string
  /** A further line that says what would be right. */
  details?: string
}

/** An error whose sentence is meant for the user: no stack is shown for it. */
export class SkiffError extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number = exitCodes.failed, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SkiffError'
    this.exitCode = exitCode
  }
}

/** Reasons of Kubernetes' `Status` objects, with their HTTP codes. */
export const statusCodes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  InternalError: 500,
  NotImplemented: 501,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const

export type StatusReason = keyof typeof statusCodes

/** An error the API answers as a Kubernetes `Status`. */
export class StatusError extends SkiffError {
  readonly reason: StatusReason
  readonly code: number
  readonly details: Record<string, unknown> | undefined

  constructor(reason: StatusReason, message: string, details?: Record<string, unknown>) {
    super(message, exitCodes.failed)
    this.name = 'StatusError'
    this.reason = reason
    this.code = statusCodes[reason]
    this.details = details
  }

  /** The `Status` object of the wire. */
  toStatus(): Record<string, unknown> {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    }
  }
}

/** The sentence of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

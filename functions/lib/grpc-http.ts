// Where gRPC meets HTTP/JSON: statuses and deadlines, translated as grpc-gateway does.

/** HTTP statuses by gRPC code, 0 to 16 (google/rpc/code.proto). 499 is nginx's word for a client that went away. */
const httpStatuses = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401]

/** The HTTP status for a gRPC code; 500 for a code that nobody has defined. */
export function httpStatusOf(code: number): number {
  return httpStatuses[code] ?? 500
}

const unitMs: Record<string, number> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 }

/** Milliseconds of a `grpc-timeout` header (up to eight digits and a unit: `250m`, `2S`); undefined when it is none. */
export function parseTimeout(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? []
  const factor = unitMs[unit ?? '']
  return factor === undefined ? undefined : Number(amount) * factor
}

// Injected faults.
import { durationFlaws } from '../fields/duration.ts'
import { percentageFlaws } from '../fields/percent.ts'
import { httpStatusFlaws } from '../fields/status.ts'
import { type Finding, flaw, listedFlaw, quoted, warning } from '../finding.ts'
import type { HttpFaultAbort, HttpFaultDelay, HttpFaultInjection } from './http-types.ts'

export function faultFindings(fault: HttpFaultInjection | undefined, path: string): Finding[] {
  if (!fault) return []
  const { abort, delay } = fault
  return [
    ...(abort || delay ? [] : [listedFlaw(path, 'HTTP fault injection must have an abort and/or a delay')]),
    ...(abort ? abortFindings(abort, `${path}.abort`) : []),
    ...(delay ? delayFlaws(delay, `${path}.delay`) : []),
  ]
}

function abortFindings({ percentage, httpStatus, grpcStatus, http2Error }: HttpFaultAbort, path: string): Finding[] {
  return [
    ...percentageFlaws(percentage, `${path}.percentage.value`),
    ...(http2Error === undefined ? [] : [flaw(`${path}.http2Error`, 'HTTP/2 abort fault injection not supported yet')]),
    ...(grpcStatus === undefined || grpcStatuses.includes(grpcStatus) ? [] : [grpcFlaw(grpcStatus, path)]),
    ...(httpStatus === undefined ? [] : httpStatusFlaws(httpStatus, `${path}.httpStatus`)),
    ...((httpStatus ?? grpcStatus ?? http2Error) === undefined
      ? [warning(path, 'abort configured, but error type not set')]
      : []),
  ]
}

/** The names of gRPC's status codes, by code. */
const grpcStatuses = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
]

function grpcFlaw(status: string, path: string): Finding {
  const where = 'https://github.com/grpc/grpc/blob/master/doc/statuscodes.md'
  const hint = `See ${where} for a list of supported codes, for example 'NOT_FOUND'`
  return flaw(`${path}.grpcStatus`, `gRPC status ${quoted(status)} is not supported. ${hint}`)
}

function delayFlaws({ percentage, fixedDelay, exponentialDelay }: HttpFaultDelay, path: string): Finding[] {
  return [
    ...percentageFlaws(percentage, `${path}.percentage.value`),
    ...durationFlaws(fixedDelay, `${path}.fixedDelay`),
    ...durationFlaws(exponentialDelay, `${path}.exponentialDelay`),
    ...(exponentialDelay === undefined
      ? []
      : [listedFlaw(`${path}.exponentialDelay`, 'exponentialDelay not supported yet')]),
  ]
}

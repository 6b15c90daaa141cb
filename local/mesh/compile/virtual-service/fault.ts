// `fault`: delays and aborts by chance.
import type { HttpFaultAbort, HttpFaultDelay, HttpFaultInjection } from '../../../api/istio/types.ts'
import type { Fault } from '../../table/route.ts'
import { durationMs } from './duration.ts'
import { percentOf } from './percentage.ts'

const grpcCodes = [
  'OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS',
  'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED',
  'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED',
] // biome-ignore format: as a table

/** What has no percentage, or 0, never happens and is left out. */
export function compileFault(fault: HttpFaultInjection | undefined): Fault | undefined {
  const delay = compileDelay(fault?.delay)
  const abort = compileAbort(fault?.abort)
  return delay || abort ? { delay, abort } : undefined
}

/** Exponential delays are not supported by Istio either. */
function compileDelay(delay: HttpFaultDelay | undefined): Fault['delay'] {
  const ms = durationMs(delay?.fixedDelay)
  const percent = delay?.percentage ? percentOf(delay.percentage) : (delay?.percent ?? 0)
  return ms && percent ? { percent, ms } : undefined
}

function compileAbort(abort: HttpFaultAbort | undefined): Fault['abort'] {
  const percent = percentOf(abort?.percentage)
  if (!abort || !percent) return undefined
  if (abort.httpStatus) return { percent, status: abort.httpStatus, grpcStatus: undefined }
  const grpcStatus = grpcCodes.indexOf(abort.grpcStatus ?? '')
  return grpcStatus < 0 ? undefined : { percent, status: undefined, grpcStatus }
}

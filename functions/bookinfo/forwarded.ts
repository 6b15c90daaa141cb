// The headers Bookinfo's services hand on: more than the others do, because tracers of all makes are shown with it.
import { propagate } from '../lib/propagation.ts'

/** Beside those every function hands on: vendors' trace contexts, and who asks with what. */
export const alsoForwarded = [
  'x-datadog-trace-id',
  'x-datadog-parent-id',
  'x-datadog-sampling-priority',
  'x-datadog-sampled',
  'x-cloud-trace-context',
  'grpc-trace-bin',
  'sw8',
  'user-agent',
  'cookie',
  'authorization',
  'jwt',
] as const

/** The headers to send along, lower case, without those that are absent or empty. */
export function forwarded(incoming: Headers): Record<string, string> {
  const outgoing = propagate(incoming)
  for (const name of alsoForwarded) {
    const value = incoming.get(name)
    if (value) outgoing[name] = value
  }
  return outgoing
}

// The fault filter: delays, then aborts, each by its own draw (Envoy 1.37, fault_filter.cc).
import type { Random } from '../../../kernel/random.ts'
import type { Fault } from '../../table/route.ts'
import { refuse } from '../answer.ts'
import type { Exchange } from '../client.ts'
import { flag, type Hop } from '../hop.ts'
import type { LocalReply } from '../local-reply.ts'
import { report } from '../record.ts'
import { WaitingExchange } from './waiting-exchange.ts'

/** The delay is no part of the route's timeout, and comes once, not with every try. */
export function injectFault(hop: Hop, fault: Fault, next: () => Exchange | undefined): Exchange | undefined {
  const { delay } = fault
  const { clock, random } = hop.wire
  if (!delay || !drawn(delay.percent, random)) return abortOr(hop, fault, next)
  flag(hop, 'DI')
  const waiting = new WaitingExchange(hop.incoming, () => {
    timer.cancel()
    report(hop, 0, 'DC', 'downstream_remote_disconnect')
  })
  const timer = clock.after(delay.ms, () => waiting.go(() => abortOr(hop, fault, next)))
  return waiting
}

function abortOr(hop: Hop, { abort }: Fault, next: () => Exchange | undefined): Exchange | undefined {
  return abort && drawn(abort.percent, hop.wire.random) ? refuse(hop, abortReply(abort)) : next()
}

/** A grpcStatus makes plain callers see 200. */
function abortReply({ status, grpcStatus }: NonNullable<Fault['abort']>): LocalReply {
  const reply = { status: status ?? 200, body: 'fault filter abort', flags: 'FI', details: 'fault_filter_abort' }
  return grpcStatus === undefined ? reply : { ...reply, grpcStatus }
}

/** `percent` from 0 to 100. */
export function drawn(percent: number, random: Random): boolean {
  return percent > 0 && random.next() * 100 < percent
}

// One pod of a revision: its container may be started again and again under the same name.
import type { Timer } from '../../kernel/clock.ts'
import type { Instance, InstanceFailure } from '../../seams/instances.ts'
import type { PodState } from '../../seams/revision-measures.ts'
import type { Seat } from '../activator/place.ts'
import { type CrashHistory, noCrashes } from './crash-back-off.ts'

export interface Member {
  readonly name: string
  state: PodState
  restarts: number
  createdAt: number
  startedAt: number
  /** When it became ready the last time. */
  readyAt: number | undefined
  /** Its last run got ready before it ended. */
  cameUp: boolean
  lastFailure: InstanceFailure | undefined
  history: CrashHistory
  instance: Instance | undefined
  seat: Seat | undefined
  restart: Timer | undefined
  /** When the next start is due while `waiting`, in milliseconds since the epoch. */
  restartAt: number
}

/** A member about to be started for the first time; `now` in milliseconds since the epoch. */
export function newMember(name: string, now: number): Member {
  return {
    name,
    state: 'starting',
    restarts: 0,
    createdAt: now,
    startedAt: now,
    readyAt: undefined,
    cameUp: false,
    lastFailure: undefined,
    history: noCrashes,
    instance: undefined,
    seat: undefined,
    restart: undefined,
    restartAt: now,
  }
}

/** Who is kept longest: those that serve nobody go first, then those with the fewest requests. */
export function worth(member: Member): number {
  return member.state === 'ready' ? 1 + (member.seat?.inFlight ?? 0) : 0
}

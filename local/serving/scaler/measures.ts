// What telemetry is told of a revision's pod.
import type { PodMeasures } from '../../seams/revision-measures.ts'
import type { Member } from './member.ts'

export function podMeasures({ name, state, startedAt, readyAt, seat }: Member): PodMeasures {
  return { name, state, startedAt, readyAt, endpoint: seat?.endpoint }
}

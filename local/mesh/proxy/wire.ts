// What every exchange of one mesh shares.
import type { Clock } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/log.ts'
import type { Random } from '../../kernel/random.ts'
import type { Upstreams } from '../../seams/upstreams.ts'
import type { Balancer } from '../cluster/balancer.ts'
import type { Replace } from '../replacement.ts'
import type { ConnectionRecord } from '../tcp/connection-record.ts'
import type { Deadlines } from './deadlines.ts'
import type { Policy } from './policy.ts'
import type { RequestRecord } from './record.ts'
import type { HttpDate } from './server/http-date.ts'
import type { Credentials } from './tls/credential.ts'
import type { Tracer } from './tracing.ts'
import type { UpstreamPool } from './upstream/upstream-pool.ts'

export interface Wire {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly upstreams: Upstreams
  readonly balancer: Balancer
  readonly pool: UpstreamPool
  readonly deadlines: Deadlines
  readonly date: HttpDate
  /** Who may; undefined lets everybody pass. */
  readonly policy: Policy | undefined
  /** Undefined: requests leave for real endpoints. */
  readonly replace: Replace | undefined
  /** What TLS is spoken with. */
  readonly certificates: Credentials
  /** Undefined: no hop is traced. */
  readonly tracer?: Tracer | undefined
  readonly onRequest: ((record: RequestRecord) => void) | undefined
  readonly onConnection?: ((record: ConnectionRecord) => void) | undefined
}

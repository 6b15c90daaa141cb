// What every service that owns records has: where to change them, the hourly look at what could not be told, and 404.
import type { Env } from '../lib/env.ts'
import { takeEvents } from '../lib/event-endpoint.ts'
import { propagate } from '../lib/propagation.ts'
import { type Owner, Records, type Versioned } from './records.ts'
import { type App, refuse } from './service.ts'

/** As much of a request as its records need. */
interface Request {
  env: Env
  req: { raw: { headers: Headers } }
}

export interface Owned<T extends Versioned> {
  /** The records, for one request. */
  recordsOf(request: Request): Records<T>
  /** The same for an event. */
  recordsFor(env: Env, headers: Record<string, string>): Records<T>
  /** The record that was found. Throws 404. */
  present(record: T | undefined): T
}

/** Records one sweep tells of. */
const sweepSize = 100

/** Adds the endpoint of the sweep. `name` says what a record is: an asset, a user. */
export function owning<T extends Versioned>(app: App, owner: Owner, name: string): Owned<T> {
  const recordsFor = (env: Env, headers: Record<string, string>) => new Records<T>(owner, env, headers)
  takeEvents(app, '/sweep', async (_event, env, headers) => {
    await recordsFor(env, headers).tellForgotten(sweepSize)
    return undefined
  })
  return {
    recordsFor,
    recordsOf: c => recordsFor(c.env, propagate(c.req.raw.headers)),
    present(record) {
      if (record) return record
      throw refuse(404, `there is no such ${name}`)
    },
  }
}

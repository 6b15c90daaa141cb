// What every part of a runtime stands on: its state folder, clock and chance, the log, and the store of objects.
import { ApiClient } from '../api/client.ts'
import { createRegistry } from '../api/registry.ts'
import { systemClock } from '../kernel/clock.ts'
import { jsonLog, type Log } from '../kernel/log.ts'
import { ObjectStore } from '../kernel/object-store.ts'
import { type Random, seededRandom, systemRandom } from '../kernel/random.ts'
import { SqlitePersistence } from '../kernel/sqlite-persistence.ts'
import type { RuntimeOptions } from './runtime.ts'
import { type StateFolder, takeStateFolder } from './state-folder.ts'

export interface Foundation {
  options: RuntimeOptions
  clock: typeof systemClock
  random: Random
  state: StateFolder
  log: Log
  store: ObjectStore
  client: ApiClient
  /** What ends each part that was started, in the order of their start: they end in the reverse of it. */
  closers: (() => unknown)[]
}

/** Takes the state folder (refused with exit code 5 while another runtime holds it) and opens the store in it. */
export function openFoundation(options: RuntimeOptions, closers: Foundation['closers']): Foundation {
  const clock = systemClock
  const random = options.seed === undefined ? systemRandom : seededRandom(options.seed)
  const state = takeStateFolder(options.stateDir, options)
  closers.push(state.release)
  const log = jsonLog(state.openLog('runtime.log'), clock.now)

  options.progress('opening the store')
  const notice = (message: string) => log('error', message)
  const persistence = new SqlitePersistence(state.file('state.db'), { notice })
  closers.push(() => persistence.close())
  const store = new ObjectStore({ clock, random, persistence })
  const client = new ApiClient({ store, registry: createRegistry(), clock, random })
  return { options, clock, random, state, log, store, client, closers }
}

// Journeys beside the log, in the same file: written by its worker thread.
import type { EventLog } from '../log/event-log.ts'
import type { JournalStore } from './journal-saves.ts'
import { readJourney, writeJourney } from './journey.ts'

export function logJournalStore(events: Pick<EventLog, 'journeys' | 'saveJourneys'>): JournalStore {
  return {
    async load() {
      const rows = await events.journeys()
      return rows.map(({ journey, record }) => readJourney(journey, Buffer.from(record)))
    },
    save(journeys, gone) {
      const rows = journeys.map(one => ({
        ...{ key: one.key, at: one.at, journey: writeJourney(one) },
        // Its own memory: what goes to the worker takes all of the buffer along that it is a part of.
        record: new Uint8Array(one.record),
      }))
      return events.saveJourneys(rows, [...gone])
    },
  }
}

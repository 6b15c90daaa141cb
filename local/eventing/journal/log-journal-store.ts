// Journeys beside the log, in the same file: written by its worker thread.
import type { EventLog } from '../log/event-log.ts'
import type { JournalStore } from './event-journal.ts'
import { readJourney, writeJourney } from './journey.ts'

export function logJournalStore(events: Pick<EventLog, 'journeys' | 'saveJourneys'>): JournalStore {
  return {
    async load() {
      const rows = await events.journeys()
      return rows.map(({ journey, data }) => readJourney(journey, data ? Buffer.from(data) : undefined))
    },
    save(journeys, gone) {
      const rows = journeys.map(one => ({
        ...{ key: one.key, at: one.at, journey: writeJourney(one) },
        data: one.logged.event.data ?? null,
      }))
      return events.saveJourneys(rows, [...gone])
    },
  }
}

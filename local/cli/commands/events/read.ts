// Events as the runtime tells them: one JSON line each, with everything that is known of it so far.
import type { EventView } from '../../../eventing/journal/event-view.ts'
import type { EventQuery } from '../../../eventing/journal/events-control.ts'
import type { ApiClient } from '../../client/api-client.ts'

export interface Query extends EventQuery {
  limit: number
  follow?: boolean
}

export async function readEvents(api: ApiClient, query: Query): Promise<EventView[]> {
  const events: EventView[] = []
  for await (const event of eachEvent(api, query)) events.push(event)
  return events
}

/** Ends with the answer; with `follow` when the runtime ends. */
export async function* eachEvent(api: ApiClient, query: Query): AsyncGenerator<EventView> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const path = `/skiff/events?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
  let rest = ''
  for await (const chunk of api.stream(path)) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield JSON.parse(line) as EventView
  }
}

// Events as the runtime tells them: one JSON line each, with everything that is known of it so far.
import type { ApiClient } from '../../api-client.ts'

export interface Try {
  at: string
  to: string
  status: number
  ms: number
  next: string
  deadLetter?: boolean
  reply?: { id: string; type: string }
  waitMs?: number
}

export interface Consumer {
  name: string
  matched: boolean
  by: string
  tries: Try[]
  outcome?: string
}

export interface Event {
  key: string
  id: string
  type: string
  source: string
  time: string
  broker: string
  attributes: Record<string, string>
  consumers: Consumer[]
  dead: boolean
}

export interface Query {
  id?: string
  type?: string
  broker?: string
  dead?: boolean
  limit: number
  follow?: boolean
}

export async function readEvents(api: ApiClient, query: Query): Promise<Event[]> {
  const events: Event[] = []
  for await (const event of eachEvent(api, query)) events.push(event)
  return events
}

/** Ends with the answer; with `follow` when the runtime ends. */
export async function* eachEvent(api: ApiClient, query: Query): AsyncGenerator<Event> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const path = `/skiff/events?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
  let rest = ''
  for await (const chunk of api.stream(path)) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield JSON.parse(line) as Event
  }
}

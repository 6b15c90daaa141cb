// Printer columns that several kinds of Knative share.
import type { Column } from '../kind.ts'

/** A column of type string. */
export function text(name: string, path: string): Column {
  return { name, type: 'string', path }
}

/** `READY` and `REASON`, as every kind of Knative prints them. */
export const readyColumns: readonly Column[] = [
  text('Ready', ".status.conditions[?(@.type=='Ready')].status"),
  text('Reason', ".status.conditions[?(@.type=='Ready')].reason"),
]

export const urlColumn: Column = text('URL', '.status.url')

export const latestColumns: readonly Column[] = [
  text('LatestCreated', '.status.latestCreatedRevisionName'),
  text('LatestReady', '.status.latestReadyRevisionName'),
]

// The printer columns that the kinds of Knative Eventing share.
import type { Column } from '../kind.ts'

export const urlColumn: Column = { name: 'URL', type: 'string', path: '.status.address.url' }
export const sinkColumn: Column = { name: 'Sink', type: 'string', path: '.status.sinkUri' }

/** Age, readiness and its reason: the last three of every kind. */
export const ageAndReady: readonly Column[] = [
  { name: 'Age', type: 'date', path: '.metadata.creationTimestamp' },
  { name: 'Ready', type: 'string', path: ".status.conditions[?(@.type=='Ready')].status" },
  { name: 'Reason', type: 'string', path: ".status.conditions[?(@.type=='Ready')].reason" },
]

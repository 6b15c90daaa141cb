// Event: what a controller tells about an object.
import type { KubeObject } from '../../../kernel/object.ts'
import { anything, integer, string } from '../../schema.ts'
import { coreKind } from '../core-kind.ts'
import type { Event } from '../types.ts'

export const eventKind = coreKind({
  kind: 'Event',
  description: 'What a controller tells about an object.',
  plural: 'events',
  shortNames: ['ev'],
  fields: {
    involvedObject: anything,
    reason: string,
    message: string,
    type: string,
    count: integer,
    source: anything,
    firstTimestamp: string,
    lastTimestamp: string,
    eventTime: string,
    action: string,
    related: anything,
    series: anything,
    reportingComponent: string,
    reportingInstance: string,
  },
  nameLast: true,
  columns: [
    { name: 'Last Seen', type: 'date', path: '.lastTimestamp' },
    { name: 'Type', type: 'string', path: '.type' },
    { name: 'Reason', type: 'string', path: '.reason' },
    { name: 'Object', type: 'string', path: '.involvedObject', cell: subject },
    { name: 'Message', type: 'string', path: '.message' },
  ],
})

function subject(object: KubeObject): string {
  const { kind, name } = (object as Event).involvedObject
  return `${kind.toLowerCase()}/${name}`
}

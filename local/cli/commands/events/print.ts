// Events as people read them: a table, the steps as they happen, and one event whole.

import type { ConsumerView, EventView, TryView } from '../../../eventing/journal/event-view.ts'
import { formatTable } from '../../table.ts'

export function formatEvents(events: readonly EventView[]): string {
  if (events.length === 0) return 'no events\n'
  const rows = events.map(event => [
    ...[moment(event.time), event.broker, event.type, event.id],
    matching(event).map(formatOutcome).join(', ') || 'nobody',
  ])
  return formatTable(['TIME', 'BROKER', 'TYPE', 'ID', 'DELIVERED TO'], rows)
}

const matching = ({ consumers }: EventView) => consumers.filter(one => one.matched)

function formatOutcome({ name, outcome, tries }: ConsumerView): string {
  const last = tries.at(-1)
  return `${name} ${outcome ?? ''}${last ? ` (${said(last)})` : ''}`
}

const said = ({ status, ms }: TryView) => `${status === 0 ? 'no answer' : status}, ${ms} ms`

/** One line for each step that is not in `seen` (key → number of steps printed), which is brought up to date. */
export function formatSteps(event: EventView, seen: Map<string, number>): string {
  const steps = [
    `${moment(event.time)} ${event.id} ${event.type} arrived in ${event.broker}`,
    ...event.consumers
      .flatMap(({ name, tries }) => tries.map(one => ({ name, one })))
      .sort((a, b) => (a.one.at < b.one.at ? -1 : 1))
      .map(({ name, one }) => `${moment(one.at)} ${event.id} ${event.type} ${name}: ${formatTry(one)}`),
  ]
  const printed = seen.get(event.key) ?? 0
  seen.set(event.key, steps.length)
  return steps
    .slice(printed)
    .map(line => `${line}\n`)
    .join('')
}

/** One event with all its consumers, those too that it did not match. */
export function formatEvent(event: EventView): string {
  const attributes = Object.entries(event.attributes).map(([name, value]) => `  ${name}: ${value}`)
  return [
    `${event.id} arrived in ${event.broker} at ${event.time}`,
    ...attributes,
    ...event.consumers.flatMap(formatConsumer),
    '',
  ].join('\n')
}

function formatConsumer({ name, matched, by, tries, outcome }: ConsumerView): string[] {
  if (!matched) return [`${name}: not matched by ${by}`]
  return [`${name}: ${outcome}, matched by ${by}`, ...tries.map(one => `  ${moment(one.at)} ${formatTry(one)}`)]
}

const after: Record<string, (one: TryView) => string> = {
  done: () => '',
  replied: ({ reply }) => `, replied ${reply?.type} ${reply?.id}`,
  again: ({ waitMs = 0 }) => `, again in ${waitMs} ms`,
  'dead letter': () => ', to the dead-letter sink',
  dropped: () => ', dropped',
}

function formatTry(one: TryView): string {
  const sink = one.deadLetter ? 'dead-letter sink ' : ''
  return `${sink}${one.to} answered ${said(one)}${after[one.next]?.(one) ?? ''}`
}

/** The time of the day in UTC, to the millisecond. */
const moment = (time: string) => time.slice(11, 23)

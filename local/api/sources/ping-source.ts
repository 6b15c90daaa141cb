// The kind PingSource (sources.knative.dev/v1): an event whenever a cron schedule falls due.
import type { FieldError } from '../../kernel/errors.ts'
import { setUserInfo } from '../eventing/admission.ts'
import { ageAndReady, sinkColumn } from '../eventing/columns.ts'
import { inPrintOrder } from '../flaws.ts'
import type { AdmissionContext, Kind } from '../kind.ts'
import { described, objectSchema, string } from '../schema.ts'
import { isTimeZone, NotASchedule, parseSchedule } from './cron.ts'
import { sourceSpec, sourceStatus } from './schema.ts'
import { sourceFlaws } from './source-flaws.ts'
import type { PingSource } from './types.ts'

export const pingSourceKind: Kind = {
  group: 'sources.knative.dev',
  versions: ['v1', 'v1beta2'],
  kind: 'PingSource',
  plural: 'pingsources',
  singular: 'pingsource',
  categories: ['all', 'knative', 'sources'],
  namespaced: true,
  status: true,
  webhook: 'validation.webhook.eventing.knative.dev',
  schema: objectSchema({
    spec: sourceSpec({
      schedule: described('Cron: five fields, or six with seconds first.', string),
      timezone: described('Of the IANA database: Europe/Berlin.', string),
      contentType: string,
      data: string,
      dataBase64: string,
    }),
    status: sourceStatus(),
  }),
  columns: [sinkColumn, { name: 'Schedule', type: 'string', path: '.spec.schedule' }, ...ageAndReady],
  setDefaults(object, context) {
    const source = object as PingSource
    source.spec ??= { sink: {}, schedule: '' }
    if (!source.spec.schedule) source.spec.schedule = '* * * * *'
    setUserInfo(source, context)
  },
  validate: (object, context) => inPrintOrder(pingSourceFlaws(object as PingSource, context)),
}

function pingSourceFlaws({ spec }: PingSource, context: AdmissionContext): FieldError[] {
  return [...scheduleFlaws(spec), ...dataFlaws(spec, maxDataBytes(context)), ...sourceFlaws(spec)]
}

function scheduleFlaws({ schedule, timezone }: PingSource['spec']): FieldError[] {
  if (schedule.includes('@every')) return [invalid('unsupported descriptor @every', 'spec.schedule')]
  if (timezone && !isTimeZone(timezone)) {
    return [invalid(`provided bad location ${timezone}: unknown time zone ${timezone}`, 'spec.timezone')]
  }
  try {
    parseSchedule(schedule)
    return []
  } catch (error) {
    if (error instanceof NotASchedule) return [invalid(error.message, 'spec.schedule')]
    throw error
  }
}

function dataFlaws({ data, dataBase64, contentType }: PingSource['spec'], most: number): FieldError[] {
  if (data && dataBase64) return [{ path: 'spec.data, spec.dataBase64', message: 'expected exactly one, got both' }]
  const [field, given = ''] = dataBase64 ? (['dataBase64', dataBase64] as const) : (['data', data] as const)
  const path = `spec.${field}`
  const bytes = Buffer.byteLength(given)
  const flaws =
    most >= 0 && bytes > most
      ? [invalid(`the ${field} length of ${bytes} bytes exceeds limit set at ${most}.`, path)]
      : []
  if (given === '') return flaws
  if (dataBase64 && !isBase64(dataBase64)) return [...flaws, invalid('illegal base64 data', path)]
  const text = dataBase64 ? Buffer.from(dataBase64, 'base64').toString() : given
  const wrong = contentType === 'application/json' ? notAnObject(text) : undefined
  return wrong ? [...flaws, invalid(wrong, path)] : flaws
}

const isBase64 = (text: string) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)

// Knative decodes JSON data into a map, so that it must be an object.
function notAnObject(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && !Array.isArray(value) ? undefined : 'the JSON data is no object'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const invalid = (what: string, path: string): FieldError => ({ path, message: `invalid value: ${what}` })

/** The limit of config-ping-defaults in bytes; without one -1. */
function maxDataBytes(context: AdmissionContext): number {
  const text = context.config('knative-eventing', 'config-ping-defaults')['data-max-size']
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : -1
}

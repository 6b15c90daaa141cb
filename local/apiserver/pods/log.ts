// Logs of a pod: what its instance wrote, as plain text, to the end or as it goes on.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { StatusError } from '../../kernel/errors.ts'
import type { KubeObject } from '../../kernel/object.ts'
import type { LogOptions, Logs } from '../../seams/pod-logs.ts'
import type { ResourceCall } from '../verbs/resource-call.ts'

/** A pod, as far as a log or a terminal asks: its containers, and the one that is meant when none is named. */
export type PodObject = KubeObject & { spec?: { containers?: { name: string }[] } }

/** Answers `GET …/pods/P/log`; `now` in milliseconds since the epoch. */
export async function handleLog(call: ResourceCall, logs: Logs, now: number): Promise<void> {
  const { client, kind, path, query, response } = call
  const { namespace = '', name = '' } = path
  const pod = client.get<PodObject>(kind, namespace, name)
  const options = optionsOf(query, now)
  const container = containerOf(pod, options.container)
  const kept = logs(namespace, name, { ...options, ...(container === undefined ? {} : { container }) })
  const lines = kept ?? (container === queueProxy && !options.previous ? [queueProxyLog] : undefined)
  if (!lines && options.previous) {
    const sentence = `previous terminated container "${container}" in pod "${name}" not found`
    throw new StatusError('BadRequest', sentence)
  }
  if (!lines) throw new StatusError('NotFound', `no logs are kept of pod "${name}" in namespace "${namespace}"`)
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.flushHeaders()
  await pipeline(Readable.from(lines), response).catch(() => response.destroy())
}

/** The container that is a part of this process. */
export const queueProxy = 'queue-proxy'
const queueProxyLog = Buffer.from(
  'queue-proxy is a part of the runtime: what it says is in runtime.log of its state folder\n',
)

const defaultContainer = 'kubectl.kubernetes.io/default-container'

/** The container that is meant: the one named, else the pod's default one. Throws BadRequest, as the kubelet does. */
export function containerOf({ metadata, spec }: PodObject, asked: string | undefined): string | undefined {
  const names = (spec?.containers ?? []).map(one => one.name)
  if (asked !== undefined && names.length > 0 && !names.includes(asked)) {
    const sentence = `container ${asked} is not valid for pod ${metadata.name}; it has: ${names.join(', ')}`
    throw new StatusError('BadRequest', sentence)
  }
  return asked ?? metadata.annotations?.[defaultContainer] ?? names[0]
}

function optionsOf(query: URLSearchParams, now: number): LogOptions {
  const container = query.get('container')
  const tail = wholeNumber(query, 'tailLines')
  const limitBytes = wholeNumber(query, 'limitBytes')
  const since = sinceOf(query, now)
  return {
    ...(tail === undefined ? {} : { tail }),
    follow: isSet(query, 'follow'),
    ...(container ? { container } : {}),
    ...(isSet(query, 'previous') ? { previous: true } : {}),
    ...(since === undefined ? {} : { since }),
    ...(isSet(query, 'timestamps') ? { timestamps: true } : {}),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  }
}

function sinceOf(query: URLSearchParams, now: number): number | undefined {
  const seconds = wholeNumber(query, 'sinceSeconds')
  const text = query.get('sinceTime')
  if (seconds !== undefined) return now - seconds * 1_000
  if (text === null) return undefined
  const time = Date.parse(text)
  if (!Number.isNaN(time)) return time
  throw new StatusError('BadRequest', `sinceTime: Invalid value: "${text}": must be a time as RFC 3339 writes it`)
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (/^\d+$/.test(text)) return Number(text)
  throw new StatusError('BadRequest', `${name}: Invalid value: "${text}": must be a whole number`)
}

/** True for `true` and `1`, as Go parses booleans of a query. */
export function isSet(query: URLSearchParams, name: string): boolean {
  return ['true', '1'].includes(query.get(name) ?? '')
}

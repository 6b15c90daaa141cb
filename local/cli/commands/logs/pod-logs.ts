// Logs across the instances of a service: those that run through the API, those that ended from the state folder.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SkiffError, StatusError } from '../../../kernel/errors.ts'
import type { KubeObject } from '../../../kernel/object.ts'
import type { ApiClient } from '../../client/api-client.ts'

export type LogSource = {
  api: ApiClient
  stateDir: string
  namespace: string
  follow: boolean
} & ({ service: string } | { pod: string })

export interface LogOptions {
  /** So many of the last lines; all when left out. */
  tail?: number
  container?: string
  /** Only what was written in the last so many seconds. */
  sinceSeconds?: number
  /** True for what was written before the last start of the instance. */
  previous?: boolean
}

type Out = (text: string) => void

/** How soon an instance that just started is noticed. In milliseconds. */
const noticeAfter = 200

/** Names of the pods meant that exist now. Throws NotFound for a service or pod that does not exist. */
export async function podsOf(source: LogSource): Promise<string[]> {
  const { api, namespace } = source
  if ('pod' in source) return [source.pod]
  const pods = await labelled(source, '/api/v1', 'pods', source.service)
  // Asked only to tell a service at zero from one that does not exist.
  if (pods.length === 0)
    await api.request('GET', servicePath(namespace, source.service)).catch(error => unknownService(error, namespace))
  return pods
}

function servicePath(namespace: string, name: string): string {
  return `/apis/serving.knative.dev/v1/namespaces/${namespace}/services/${name}`
}

function unknownService(error: unknown, namespace: string): never {
  if (error instanceof StatusError && error.reason === 'NotFound') {
    throw new SkiffError(
      `${error.message} (namespace ${namespace}); for a pod write pod/NAME, for another namespace -n`,
    )
  }
  throw error
}

async function labelled(
  { api, namespace }: LogSource,
  root: string,
  plural: string,
  service: string,
): Promise<string[]> {
  const selector = encodeURIComponent(`serving.knative.dev/service=${service}`)
  const path = `${root}/namespaces/${namespace}/${plural}?labelSelector=${selector}`
  return (await api.request<{ items: KubeObject[] }>('GET', path)).items.map(one => one.metadata.name)
}

/** Writes the logs of `pods` one after the other; of a service at zero those of the instance that ended last. */
export async function writeLogs(source: LogSource, pods: string[], options: LogOptions, out: Out): Promise<void> {
  const several = pods.length > 1
  for (const pod of pods) await writePod(source, pod, options, several ? `[${pod}] ` : '', out)
  if (pods.length === 0 && 'service' in source)
    out(lastEnded(source, await revisionsOf(source, source.service), options))
}

function revisionsOf(source: LogSource, service: string): Promise<string[]> {
  return labelled(source, '/apis/serving.knative.dev/v1', 'revisions', service)
}

/** Follows every pod of the source, and those that start later, until the process ends. */
export async function followPods(source: LogSource, options: LogOptions, out: Out): Promise<void> {
  const seen = new Set<string>()
  const prefix = (pod: string) => ('pod' in source ? '' : `[${pod}] `)
  if ('pod' in source) return writePod(source, source.pod, options, '', out)
  let failure: unknown
  while (failure === undefined) {
    for (const pod of (await podsOf(source)).filter(one => !seen.has(one))) {
      seen.add(pod)
      writePod(source, pod, options, prefix(pod), out).catch(error => {
        // A pod that ends while it is read is what scaling to zero looks like.
        if (!(error instanceof StatusError && error.reason === 'NotFound')) failure = error
      })
    }
    await sleep(noticeAfter)
  }
  throw failure
}

async function writePod(
  { api, namespace, follow }: LogSource,
  pod: string,
  options: LogOptions,
  prefix: string,
  out: Out,
): Promise<void> {
  const query = new URLSearchParams({
    ...(follow ? { follow: 'true' } : {}),
    ...(options.tail === undefined ? {} : { tailLines: String(options.tail) }),
    ...(options.container ? { container: options.container } : {}),
    ...(options.sinceSeconds === undefined ? {} : { sinceSeconds: String(options.sinceSeconds) }),
    ...(options.previous ? { previous: 'true' } : {}),
  })
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`
  let rest = ''
  for await (const text of api.stream(path)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (lines.length > 0) out(lines.map(line => `${prefix}${line}\n`).join(''))
  }
  if (rest) out(`${prefix}${rest}\n`)
}

/** What the newest ended instance of one of `revisions` wrote; its pod's name starts with the revision's. */
function lastEnded({ stateDir, namespace }: LogSource, revisions: readonly string[], options: LogOptions): string {
  const folder = join(stateDir, 'logs', namespace)
  const newest = entriesOf(folder)
    .filter(pod => revisions.some(revision => pod.startsWith(`${revision}-deployment-`)))
    .map(pod => ({ pod, time: statSync(join(folder, pod)).mtimeMs }))
    .sort((a, b) => b.time - a.time)[0]
  if (!newest) return ''
  const since = Date.now() - (options.sinceSeconds ?? Number.POSITIVE_INFINITY) * 1_000
  const files = entriesOf(join(folder, newest.pod))
    .filter(file => wanted(file, options))
    // Of an instance that ended nobody knows when each line was written: the log is as old as its last change.
    .filter(file => statSync(join(folder, newest.pod, file)).mtimeMs >= since)
  return files.map(file => lastLines(readFileSync(join(folder, newest.pod, file), 'utf8'), options.tail)).join('')
}

function wanted(file: string, { container, previous = false }: LogOptions): boolean {
  const ending = previous ? '.previous.log' : '.log'
  const isPrevious = file.endsWith('.previous.log')
  return (
    file.endsWith(ending) && isPrevious === previous && (container === undefined || file === `${container}${ending}`)
  )
}

function lastLines(text: string, count: number | undefined): string {
  if (count === undefined) return text
  const lines = text.split(/(?<=\n)/)
  return count === 0 ? '' : lines.slice(-count).join('')
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // nothing ran there yet
  }
}

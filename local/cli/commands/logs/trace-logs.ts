// The lines of one trace in all logs of the state folder: of every pod, ended ones too, and of the runtime and the mesh.
import { createReadStream, readdirSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { StatusError } from '../../../kernel/errors.ts'
import type { TraceView } from '../../../telemetry/contract.ts'
import type { ApiClient } from '../../client/api-client.ts'

export interface TraceLine {
  /** `greeting/service-a-00001-deployment-x`, or `runtime` and `access` for the runtime's own. */
  source: string
  /** As the line says it; empty when it does not. */
  time: string
  line: string
}

/** The ids that lines may name the trace by; one that the runtime no longer keeps is looked for as it is given. */
export async function idsOfTrace(api: ApiClient, id: string): Promise<string[]> {
  try {
    const { ids } = await api.request<TraceView>('GET', `/skiff/traces?id=${encodeURIComponent(id)}`)
    return ids
  } catch (error) {
    if (error instanceof StatusError && error.reason === 'NotFound') return [id]
    throw error
  }
}

/** Lines with one of `ids` in them, in order of their time; those of one source keep their order. */
export async function linesOfTrace(stateDir: string, ids: readonly string[]): Promise<TraceLine[]> {
  const folder = join(stateDir, 'logs')
  const found = await Promise.all(logFiles(folder).map(file => linesIn(file, sourceOf(folder, file), ids)))
  return found.flat().sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
}

export function formatTraceLines(lines: readonly TraceLine[]): string {
  return lines.map(({ source, line }) => `[${source}] ${line}\n`).join('')
}

function logFiles(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter(entry => entry.isFile() && entry.name.endsWith('.log'))
      .map(entry => join(entry.parentPath, entry.name))
      .sort()
  } catch {
    return [] // nothing ran there yet
  }
}

/** Read line by line: logs of a load are large. */
async function linesIn(file: string, source: string, ids: readonly string[]): Promise<TraceLine[]> {
  const lines: TraceLine[] = []
  let time = ''
  try {
    for await (const line of createInterface({ input: createReadStream(file, 'utf8') })) {
      time = timeOf(line) ?? time
      if (ids.some(id => line.includes(id))) lines.push({ source, time, line })
    }
  } catch {
    // Tidied away meanwhile.
  }
  return lines
}

// JSON lines say `"time":"…"`, Istio's text begins with `[…]`.
const times = /"(?:time|start_time)":"([^"]+)"|^\[(\d{4}-[^\]]+)\]/

function timeOf(line: string): string | undefined {
  const [, json, text] = times.exec(line) ?? []
  return json ?? text
}

function sourceOf(folder: string, file: string): string {
  const [namespace = '', pod] = relative(folder, file).split('/')
  return pod === undefined ? basename(file, '.log') : `${namespace}/${pod}`
}

// A recorded configuration as it lies in its folder: objects, requests sent, answers received.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'

export type HeaderLines = readonly (readonly [string, string])[]

export interface RecordedRequest {
  id: string
  /** Left out: no Host header at all. */
  host?: string
  path: string
  method?: string
  headers?: Readonly<Record<string, string | readonly string[]>>
  body?: string
  /** How often; in parallel by `conc`. */
  n?: number
  conc?: number
  port?: number
  via?: 'gateway' | 'sidecar'
  /** Seconds to wait afterwards. */
  settle?: number
}

export type Step = RecordedRequest | { sleep: number }

export interface WireResponse {
  status_line: string
  headers: HeaderLines
  /** Echoed bodies are recorded as `(550 bytes)`. */
  body: string
}

/** What a backend received. */
export interface SeenRequest {
  by: string
  line: string
  headers: HeaderLines
  body: string
}

export interface AccessLog {
  code: number
  flags: string
  details: string
  route?: string
  cluster?: string
  attempts: number
}

export type Counts = Readonly<Record<string, number>>

export interface RecordedAnswer {
  id: string
  n: number
  statuses: Counts
  /** By `x-backend` of the answers; `-` for answers of the proxy. */
  backends: Counts
  hits: Counts
  response: WireResponse
  seen?: readonly SeenRequest[]
  ms: readonly [number, number]
  access_log?: { gateway?: AccessLog; sidecar?: AccessLog }
}

export interface RefusedObject {
  kind: string
  namespace: string
  name: string
  verdict: string
}

/** One YAML document and whether istiod accepted it. */
export interface ConfigDocument {
  file: string
  text: string
  refused: RefusedObject | undefined
}

export interface Recording {
  name: string
  config: readonly ConfigDocument[]
  steps: readonly Step[]
  answers: ReadonlyMap<string, RecordedAnswer>
}

const folder = new URL('./istio/', import.meta.url)

export function recordingNames(): string[] {
  return readdirSync(folder).filter(name => existsSync(new URL(`${name}/answers.jsonl`, folder)))
}

export function readRecording(name: string): Recording {
  const answers = jsonLines<RecordedAnswer>(`${name}/answers.jsonl`)
  return {
    name,
    config: configDocuments(name),
    steps: jsonLines<Step>(`${name}/requests.jsonl`),
    answers: new Map(answers.map(answer => [answer.id, answer])),
  }
}

export const isRequest = (step: Step): step is RecordedRequest => 'id' in step

function configDocuments(name: string): ConfigDocument[] {
  const files = readdirSync(new URL(`${name}/config/`, folder)).toSorted()
  const refused = refusedObjects(name)
  return files.flatMap(file => {
    const text = readFileSync(new URL(`${name}/config/${file}`, folder), 'utf8')
    return documentsOf(text).map(document => ({
      file: `${name}/config/${file}`,
      text: document,
      refused: refused.find(one => isObject(document, one)),
    }))
  })
}

/** Blank lines stand for the documents before, so that line numbers are those of the file. */
function documentsOf(text: string): string[] {
  const documents: string[] = []
  let line = 0
  for (const part of text.split(/^---\n/m)) {
    documents.push('\n'.repeat(line) + part)
    line += part.split('\n').length
  }
  return documents.filter(part => part.trim() !== '')
}

function refusedObjects(name: string): RefusedObject[] {
  const file = new URL(`${name}/rejected.json`, folder)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).rejected : []
}

function isObject(text: string, { kind, namespace, name }: RefusedObject): boolean {
  const value = parseDocument(text).toJS()
  return value.kind === kind && value.metadata.name === name && (value.metadata.namespace ?? 'default') === namespace
}

function jsonLines<T>(path: string): T[] {
  const text = readFileSync(new URL(path, folder), 'utf8').trim()
  return text.split('\n').map(line => JSON.parse(line))
}
